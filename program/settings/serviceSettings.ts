import {
    idClashes,
    idClashRule,
    roleServicesKey,
    sharedServicesRule,
    tooNewServices,
} from "../../components/cluster/clusterServices.ts";
import { pathText } from "../../components/node/problems.ts";
import type { ServiceArgs } from "../../components/node/serviceArgs.ts";
import { secretsOf } from "../../components/node/serviceSecrets.ts";
import { serviceWarnings } from "../../components/node/serviceWarnings.ts";
import type { StatedNode } from "./nodeSettings.ts";
import { namedImages } from "./imageSettings.ts";
import { problem, secretProblem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/** Services that the settings name in one place. */
interface ServiceList {
    /** The setting that it is in. */
    readonly key: "servers" | "clients" | "serverServices" | "clientServices";
    readonly at: string;
    readonly services: readonly ServiceArgs[];
}

/** All of them: those of roles, then those of nodes. */
function serviceLists(raw: RawSettings, nodes: readonly StatedNode[]): ServiceList[] {
    const ofRoles = (["serverServices", "clientServices"] as const).map((key) => ({
        key,
        at: key,
        services: raw[key],
    }));
    const ofNodes = nodes.map(({ role, path, services = [] }) => {
        const key = role === "server" ? ("servers" as const) : ("clients" as const);
        return { key, at: `${path}.services`, services };
    });
    return [...ofRoles, ...ofNodes].filter(({ services }) => services.length > 0);
}

/** What is wrong among services that are each of the right form. */
export function serviceSettingProblems(raw: RawSettings, nodes: readonly StatedNode[]): string[] {
    const lists = serviceLists(raw, nodes);
    if (raw.oneMachine) {
        return lists.map(({ at }) => `${at}: ${sharedServicesRule}`);
    }
    const clashes = nodes.flatMap(({ role, path, services = [] }) =>
        idClashes(raw[roleServicesKey(role)], services).map((clash) =>
            problem(`${path}.services[${clash.index}].id`, clash.id, idClashRule(clash, role)),
        ),
    );
    const tooNew = lists.flatMap(({ at, services }) =>
        namedImages(raw.image).flatMap(({ image }) =>
            tooNewServices(services, image).map(({ index, rule }) => `${at}[${index}]: ${rule}`),
        ),
    );
    return [...clashes, ...new Set(tooNew)];
}

/** What lets a caller in and stands in clear in the stack file. */
export function plainHeaderProblems(
    raw: RawSettings,
    nodes: readonly StatedNode[],
    secretKeys: ReadonlySet<string>,
): string[] {
    return serviceLists(raw, nodes)
        .filter(({ key }) => !secretKeys.has(key))
        .flatMap(({ at, services }) =>
            services.flatMap((service, index) =>
                secretsOf(service)
                    .filter(({ isCertain }) => isCertain)
                    .map(({ path }) => plainHeaderProblem(pathText([index, ...path], at))),
            ),
        );
}

function plainHeaderProblem(path: string): string {
    return secretProblem(
        path,
        `the stack file has it in clear; set it by \`pulumi config set --secret --path '${path}'\``,
    );
}

/** What is allowed and unwise of services. */
export function serviceSettingWarnings(raw: RawSettings, nodes: readonly StatedNode[]): string[] {
    return serviceLists(raw, nodes).flatMap(({ at, services }) => serviceWarnings(at, services));
}
