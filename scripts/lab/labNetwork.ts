import type { NetworkInspectInfo } from "dockerode";
import { EngineApi } from "../docker/engineApi.ts";
import { labLabel, ownerLabel } from "../protocol/labels.ts";
import type { LabNetworkRequest } from "../protocol/requests.ts";

/**
 * Makes the network of a stack's lab machines, unless it is there. One of other addresses that an
 * interrupted run of this stack left is recreated; one that is not this stack's is left alone.
 *
 * @throws Error where a network of this name is not this stack's.
 */
export async function makeLabNetwork(request: LabNetworkRequest): Promise<undefined> {
    const { network: Name, subnet: Subnet, gateway: Gateway, owner } = request;
    const engine = new EngineApi({ socketPath: request.socketPath });
    const found = await engine.find<NetworkInspectInfo>(pathOf(Name));
    if (found !== undefined) {
        if (found.Labels?.[ownerLabel] !== owner) {
            throw new Error(
                `the Docker network "${Name}" is there, and not this stack's: it has no ` +
                    `label ${ownerLabel}=${owner}. Remove it (docker network rm ` +
                    `${Name}), or give the stack another name.`,
            );
        }
        const config = found.IPAM?.Config?.[0];
        if (config?.Subnet === Subnet && config.Gateway === Gateway) {
            return;
        }
        await engine.ask(pathOf(Name), { method: "DELETE" });
    }
    const network = {
        Name,
        CheckDuplicate: true,
        Driver: "bridge",
        IPAM: { Config: [{ Subnet, Gateway }] },
        Labels: { [labLabel]: "network", [ownerLabel]: owner },
    };
    await engine.ask("/networks/create", { method: "POST", json: network });
}

/** Removes the network, where it is this stack's. */
export async function removeLabNetwork(request: LabNetworkRequest): Promise<undefined> {
    const engine = new EngineApi({ socketPath: request.socketPath });
    const found = await engine.find<NetworkInspectInfo>(pathOf(request.network));
    if (found?.Labels?.[ownerLabel] === request.owner) {
        await engine.ask(pathOf(request.network), { method: "DELETE" });
    }
}

function pathOf(network: string): string {
    return `/networks/${encodeURIComponent(network)}`;
}
