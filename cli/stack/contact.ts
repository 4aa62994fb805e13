import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { ifSilent } from "../../scripts/consul/consulError.ts";
import { obtain } from "../tools/obtain.ts";
import { pulumiTool, type Pulumi } from "../tools/pulumi.ts";
import { TaskFailure } from "../show/task.ts";
import { clusterRights } from "./clusterRights.ts";
import { environmentClient } from "./environmentClient.ts";
import type { OwnRights } from "./restoredTokens.ts";
import { accessOf, StackClients } from "./stackClients.ts";
import { readOutputs } from "./stackNodes.ts";
import {
    clusterPlaceOf,
    committedSettings,
    runsProgrium,
    snapshotFolder,
    type CommittedSettings,
} from "./stackSettings.ts";
import { readStackOutputs } from "./workspace.ts";

/** A cluster to take a snapshot of, or to restore one into. */
export interface Contact {
    /** A server that knows a leader. */
    readonly server: ConsulClient;
    /** The stack's folder of snapshots, relative to the project. */
    readonly folder: string;
    /** What the stack's cluster is to have of tokens; undefined for an open one, and for another stack's. */
    readonly own?: OwnRights | undefined;
}

interface Asked extends Pick<Contact, "own"> {
    readonly servers: readonly ConsulClient[];
}

/**
 * Finds a server that knows a leader.
 *
 * @param address an HTTP API to ask in place of the stack's servers, with what the environment says of it.
 * @throws TaskFailure where no cluster runs, none of its servers knows a leader, or its Consul has no
 *     snapshots.
 */
export async function findContact(address: string | undefined): Promise<Contact> {
    const pulumi = await obtain(pulumiTool, { only: "find" });
    const committed = await committedSettings(pulumi);
    if (address === undefined && runsProgrium(committed)) {
        throw new TaskFailure(
            "Consul 0.5.2, as progrium's image has it, takes no snapshots and restores none: copy the " +
                "keys that must not be lost (docs/image.md).",
        );
    }
    const { servers, own }: Asked =
        address === undefined
            ? await stackServers(pulumi, committed)
            : { servers: [environmentClient(address)] };
    if (servers.length === 0) {
        throw new TaskFailure(
            "No cluster runs: `npm start` brings one up. For one that was made elsewhere, " +
                "name a server: `-- --address http://10.0.0.11:8500`.",
        );
    }
    for (const server of servers) {
        const leader = await server.leader().catch((error: unknown) => {
            if (error instanceof TaskFailure) {
                throw error;
            }
            return ifSilent("")(error);
        });
        if (leader !== "") {
            return { server, folder: snapshotFolder(committed), own };
        }
    }
    const addresses = servers.map(({ httpAddress }) => httpAddress).join(", ");
    throw new TaskFailure(
        `None of ${addresses} knows a leader. \`npm run doctor\` tells what is wrong.`,
    );
}

async function stackServers(pulumi: Pulumi, committed: CommittedSettings): Promise<Asked> {
    const { nodes = {} } = readOutputs(await readStackOutputs(pulumi)) ?? {};
    const place = clusterPlaceOf(committed);
    const access = accessOf(nodes, place);
    const clients = await StackClients.of({ nodes, access });
    const names = Object.keys(nodes).filter((name) => nodes[name]?.role === "server");
    const servers = names.map((name) => clients.of(name));
    const { rights } = clients;
    if (access === undefined || rights === undefined) {
        return { servers };
    }
    const stack = { nodes, access, store: place.store, rotation: rights.rotation };
    return { servers, own: { rights: clusterRights(stack), access: rights } };
}
