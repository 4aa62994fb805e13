import type { ContainerInspectInfo } from "dockerode";
import { inspectContainer } from "../docker/container.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { adoptedName, asideName, type AdoptRequest } from "../protocol/adoption.ts";
import { ownerLabel } from "../protocol/labels.ts";
import { property } from "../system/json.ts";

/** A container in full, as an engine takes it to make another one. */
type Definition = Readonly<Record<string, unknown>>;

/** Whether a container was made by no stack of this program. */
export function isForeign({ Config }: ContainerInspectInfo): boolean {
    return property(Config.Labels, ownerLabel) === undefined;
}

/** The name that a container has now. */
export function nameOf({ Name }: Pick<ContainerInspectInfo, "Name">): string {
    return Name.replace(/^\//, "");
}

/** What a host has of an agent that is adopted, each under its name of that stage; undefined where it has none. */
export interface ForeignContainers {
    /** As somebody made it. */
    readonly first: ContainerInspectInfo | undefined;
    /** Set aside, while its data are being copied. */
    readonly aside: ContainerInspectInfo | undefined;
    /** What was set aside, in whichever stage, and runs: somebody went back to it. Then there is no other one. */
    readonly wentBack: ContainerInspectInfo | undefined;
}

/**
 * Finds what an agent's adoption has come to.
 *
 * @throws Error where somebody went back to what was set aside and there is another container, too: two have the agent's
 *     identity, and which of them has its data is not known.
 */
export async function findForeign(
    engine: EngineApi,
    { nodeName, container, agent }: AdoptRequest,
): Promise<ForeignContainers> {
    const find = async (name: string) => {
        const found = await inspectContainer(engine, name);
        return found !== undefined && isForeign(found) ? found : undefined;
    };
    const first = await find(container);
    const aside = await find(asideName(container));
    const adopted = await find(adoptedName(container));
    const wentBack = [aside, adopted].find((one) => one?.State.Running === true);
    const other =
        wentBack === undefined
            ? undefined
            : (first ?? (await inspectContainer(engine, agent.container)));
    if (wentBack !== undefined && other !== undefined) {
        throw new Error(
            `${nodeName}: its adoption was interrupted; now its container "${nameOf(wentBack)}" runs, and there is ` +
                `"${nameOf(other)}" as well. Which of them has its data is not known here, and nothing was touched. Remove ` +
                "the other one (`docker rm --force NAME` on its machine), and run `pulumi up` again.",
        );
    }
    return { first, aside, wentBack };
}

/**
 * The definition of a container like this one, whose data are in another volume, and which is not started by itself.
 *
 * @param volumes its volume's name, and that of the one in its place.
 */
export function twinOf(
    { Config, HostConfig, NetworkSettings }: ContainerInspectInfo,
    volumes: { readonly from: string; readonly to: string },
): Definition {
    const { from, to } = volumes;
    const binds = (HostConfig.Binds ?? []).map((bind) =>
        bind.startsWith(`${from}:`) ? `${to}${bind.slice(from.length)}` : bind,
    );
    const mounts = (HostConfig.Mounts ?? []).map((mount) =>
        mount.Type === "volume" && mount.Source === from ? { ...mount, Source: to } : mount,
    );
    const networks = Object.entries(NetworkSettings.Networks)
        .filter(([name]) => !["bridge", "host", "none"].includes(name))
        .map(([name, network]) => {
            const [IPAMConfig, Aliases] = ["IPAMConfig", "Aliases"].map((key) =>
                property(network, key),
            );
            return [name, { IPAMConfig, Aliases }] as const;
        });
    return {
        ...Config,
        HostConfig: {
            ...HostConfig,
            Binds: binds,
            ...(mounts.length === 0 ? {} : { Mounts: mounts }),
            RestartPolicy: { Name: "no" },
        },
        ...(networks.length === 0
            ? {}
            : { NetworkingConfig: { EndpointsConfig: Object.fromEntries(networks) } }),
    };
}

/** Makes a container. */
export async function createContainer(
    engine: EngineApi,
    name: string,
    definition: Definition,
): Promise<void> {
    await engine.text(`/containers/create?name=${encodeURIComponent(name)}`, {
        method: "POST",
        json: definition,
        timeout: 60_000,
    });
}

/** Gives a container another name. */
export async function renameContainer(engine: EngineApi, from: string, to: string): Promise<void> {
    const path = `/containers/${encodeURIComponent(from)}/rename?name=${encodeURIComponent(to)}`;
    await engine.text(path, { method: "POST" });
}

/** Removes a container, and no volume of it. Succeeds where there is none. */
export async function removeContainer(engine: EngineApi, name: string): Promise<void> {
    const path = `/containers/${encodeURIComponent(name)}`;
    if ((await engine.find(`${path}/json`)) !== undefined) {
        await engine.text(`${path}?force=true`, { method: "DELETE", timeout: 60_000 });
    }
}
