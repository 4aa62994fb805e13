import type * as pulumi from "@pulumi/pulumi";
import type { AgentImage } from "../agent/agentImage.ts";
import { tooNewParts } from "../../scripts/consul/serviceParts.ts";
import { versionOfTag } from "../../scripts/consul/versions.ts";
import type { Role } from "../agent/ports.ts";
import type { ServiceArgs } from "../node/serviceArgs.ts";
import { laterPartsOf, serviceId } from "../node/serviceDefinition.ts";
import { serviceProblems } from "../node/serviceSchema.ts";
import type { ConsulClusterArgs, NodeArgs } from "./clusterArgs.ts";

/** Services as a cluster's arguments have them. */
type Services = readonly ServiceArgs<pulumi.Input<string>>[];

/** The arguments that name services for all nodes of a role. */
const roleKeys = { server: "serverServices", client: "clientServices" } as const;

/** Which of the arguments names the services of all nodes of this role. */
export function roleServicesKey(role: Role): (typeof roleKeys)[Role] {
    return roleKeys[role];
}

/** The services of a node: those of all nodes of its role, then its own. */
export function servicesOf(
    args: Pick<ConsulClusterArgs, "serverServices" | "clientServices">,
    role: Role,
    own: Services = [],
): Services {
    return [...(args[roleKeys[role]] ?? []), ...own];
}

/** A service of a node whose id one of its role's services has. */
export interface IdClash {
    /** Its place among the node's own. */
    readonly index: number;
    readonly id: string;
    /** Place of the other one among the role's. */
    readonly roleIndex: number;
}

/** The node's own services whose ids its role's services have. */
export function idClashes(ofRole: readonly unknown[], own: readonly unknown[]): IdClash[] {
    const ids = ofRole.map(serviceId);
    return own.flatMap((service, index) => {
        const id = serviceId(service);
        const roleIndex = id === undefined ? -1 : ids.indexOf(id);
        return id === undefined || roleIndex < 0 ? [] : [{ index, id, roleIndex }];
    });
}

/** The rule that such a service breaks. */
export function idClashRule({ id, roleIndex }: IdClash, role: Role): string {
    return `another id than "${id}", which ${roleKeys[role]}[${roleIndex}] has on every node of that role`;
}

/** Why services of all nodes of a role go with no shared machine. */
export const sharedServicesRule =
    "of nodes that share a machine only the first one's API is reached; register services by that";

/**
 * What services ask for that the Consul of an image does not take, with their places.
 *
 * @param reference of the image; its tag tells the version where it is one.
 */
export function tooNewServices(
    services: readonly ServiceArgs<unknown>[],
    reference: string,
): { readonly index: number; readonly rule: string }[] {
    const version = versionOfTag(reference);
    return version === undefined
        ? []
        : services.flatMap((service, index) =>
              tooNewParts(laterPartsOf(service), version).map((rule) => ({ index, rule })),
          );
}

/** The reference by which an image was made known: what machines know an archive's by tells no version. */
function sourceOf(image: AgentImage): string {
    return image.kind === "archive" ? image.source : image.reference;
}

/** Everything that is wrong with the services of a cluster, a line each. */
export function clusterServiceProblems(args: ConsulClusterArgs): string[] {
    const lists = (["server", "client"] as const).map((role) => ({
        at: roleKeys[role],
        services: servicesOf(args, role),
    }));
    const nodes = (["server", "client"] as const).flatMap((role) => {
        const listed: readonly Pick<NodeArgs, "name" | "services">[] =
            (role === "server" ? args.servers : args.clients) ?? [];
        return listed.map(({ name, services = [] }) => ({
            role,
            at: `${name}.services`,
            services,
        }));
    });
    const problems = [...lists, ...nodes].flatMap(({ at, services }) =>
        serviceProblems(at, services),
    );
    if (problems.length > 0) {
        return problems;
    }
    return [
        ...lists
            .filter(({ services }) => args.machine !== undefined && services.length > 0)
            .map(({ at }) => `${at}: ${sharedServicesRule}.`),
        ...nodes.flatMap(({ role, at, services }) =>
            idClashes(servicesOf(args, role), services).map(
                (clash) => `${at}[${clash.index}]: ${idClashRule(clash, role)}.`,
            ),
        ),
        ...[...lists, ...nodes].flatMap(({ at, services }) =>
            tooNewServices(services, sourceOf(args.image)).map(
                ({ index, rule }) => `${at}[${index}]: ${rule}.`,
            ),
        ),
    ];
}
