import type { ContainerInspectInfo } from "dockerode";
import type { EngineApi } from "../docker/engineApi.ts";
import { ownerLabel } from "../protocol/labels.ts";
import { property } from "../system/json.ts";

/** A container in full, as an engine takes it to make another one. */
type Definition = Readonly<Record<string, unknown>>;

/** Whether a container was made by no stack of this program. */
export function isForeign({ Config }: ContainerInspectInfo): boolean {
    return property(Config.Labels, ownerLabel) === undefined;
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
