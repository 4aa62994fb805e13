import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { obtain } from "../tools/obtain.ts";
import { pulumiTool, type Pulumi } from "../tools/pulumi.ts";
import { TaskFailure } from "../show/task.ts";
import { readOutputs } from "./stackNodes.ts";
import { committedSettings, runsProgrium, snapshotFolder } from "./stackSettings.ts";
import { readStackOutputs } from "./workspace.ts";

/** A cluster to take a snapshot of, or to restore one into. */
export interface Contact {
    /** HTTP API of a server that knows a leader. */
    readonly httpAddress: string;
    /** The stack's folder of snapshots, relative to the project. */
    readonly folder: string;
}

/**
 * Finds a server that knows a leader.
 *
 * @param address an HTTP API to ask in place of the stack's servers.
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
    const servers = address === undefined ? await stackServers(pulumi) : [address];
    if (servers.length === 0) {
        throw new TaskFailure(
            "No cluster runs: `npm start` brings one up. For one that was made elsewhere, " +
                "name a server: `-- --address http://10.0.0.11:8500`.",
        );
    }
    for (const httpAddress of servers) {
        const leader = await new ConsulClient(httpAddress).leader().catch(() => "");
        if (leader !== "") {
            return { httpAddress, folder: snapshotFolder(committed) };
        }
    }
    throw new TaskFailure(
        `None of ${servers.join(", ")} knows a leader. \`npm run doctor\` tells what is wrong.`,
    );
}

async function stackServers(pulumi: Pulumi): Promise<string[]> {
    const { nodes = {} } = readOutputs(await readStackOutputs(pulumi)) ?? {};
    const servers = Object.values(nodes).filter(({ role }) => role === "server");
    return servers.map(({ httpAddress }) => httpAddress);
}
