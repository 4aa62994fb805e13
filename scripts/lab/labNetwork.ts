import { EngineApi } from "../docker/engineApi.ts";
import { ownerLabel } from "../protocol/labels.ts";
import type { LabNetworkRequest } from "../protocol/requests.ts";
import { labLabel } from "../protocol/labels.ts";

/** A network, as an engine tells of it. */
interface FoundNetwork {
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly IPAM?: {
        readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null;
    };
}

/**
 * Makes the network of a stack's lab machines, unless it is there. One of other addresses that an
 * interrupted run of this stack left is made anew; one of somebody else's is left alone.
 *
 * @throws Error where a network of this name is not this stack's.
 */
export async function makeLabNetwork(request: LabNetworkRequest): Promise<undefined> {
    const engine = new EngineApi({ socketPath: request.socketPath });
    const found = await findNetwork(engine, request.network);
    if (found !== undefined) {
        if (!isOwned(found, request)) {
            throw new Error(
                `the Docker network "${request.network}" is there, and not this stack's: it has no ` +
                    `label ${ownerLabel}=${request.owner}. Remove it (docker network rm ` +
                    `${request.network}), or give the stack another name.`,
            );
        }
        if (hasAddresses(found, request)) {
            return undefined;
        }
        await engine.ask(pathOf(request.network), { method: "DELETE" });
    }
    const { network: Name, subnet: Subnet, gateway: Gateway, owner } = request;
    const network = {
        Name,
        CheckDuplicate: true,
        Driver: "bridge",
        IPAM: { Config: [{ Subnet, Gateway }] },
        Labels: { [labLabel]: "network", [ownerLabel]: owner },
    };
    await engine.ask("/networks/create", { method: "POST", json: network });
    return undefined;
}

/** Removes the network, where it is this stack's. */
export async function removeLabNetwork(request: LabNetworkRequest): Promise<undefined> {
    const engine = new EngineApi({ socketPath: request.socketPath });
    const found = await findNetwork(engine, request.network);
    if (found !== undefined && isOwned(found, request)) {
        await engine.ask(pathOf(request.network), { method: "DELETE" });
    }
    return undefined;
}

function pathOf(network: string): string {
    return `/networks/${encodeURIComponent(network)}`;
}

async function findNetwork(engine: EngineApi, network: string): Promise<FoundNetwork | undefined> {
    return (await engine.find(pathOf(network))) as FoundNetwork | undefined;
}

function isOwned(found: FoundNetwork, { owner }: LabNetworkRequest): boolean {
    return found.Labels?.[ownerLabel] === owner;
}

function hasAddresses(found: FoundNetwork, { subnet, gateway }: LabNetworkRequest): boolean {
    const [config] = found.IPAM?.Config ?? [];
    return config?.Subnet === subnet && config.Gateway === gateway;
}
