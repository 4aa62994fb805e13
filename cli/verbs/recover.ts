import { dataDirectory } from "../../scripts/protocol/agentFiles.ts";
import { findLostQuorum, type ServerPlace } from "../recover/lostQuorum.ts";
import { recoverCluster } from "../recover/recoverCluster.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { confirm, TaskFailure } from "../show/task.ts";
import { clientsOf } from "../stack/clusterAccess.ts";
import { layDownStore } from "../stack/keptStore.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import { openedCluster, print, report, type Verb } from "./verb.ts";

/** Makes a cluster of the remaining servers of one that lost its quorum. */
export const recover: Verb = async (call) => {
    const { yes, without } = call.options;
    const { stack, cluster } = await openedCluster(call);
    for (const line of await layDownStore(stack.state, cluster)) {
        process.stderr.write(`${line}\n`);
    }
    const servers = await serversOf(cluster);
    const names = servers.map(({ nodeName }) => nodeName);
    const unknown = without.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
        throw new TaskFailure(
            `--without: got ${unknown.join(", ")}; expected one of ${names.join(", ")}`,
            exitCodes.misused,
        );
    }
    const found = await findLostQuorum(servers, without);
    const survivors = found.survivors.map(({ nodeName }) => nodeName);
    const lost = found.lost.join(", ");
    const say = report(call);
    say(
        `The cluster continues with the data of ${survivors.join(", ")}.\n  ${lost}: abandoned. Started again ` +
            "with old data, they could form a second cluster: make sure that they never are.",
    );
    if (!yes) {
        await confirm("Nothing was changed");
    }
    const copies = await recoverCluster(found, {
        dataDirectory,
        folder: cluster.snapshots,
        report: say,
    });
    print(
        call,
        { survivors, abandoned: found.lost, copies },
        `Recovered: ${survivors.join(", ")} lead${survivors.length === 1 ? "s" : ""} the cluster.\n` +
            `What they held before:\n  ${Object.values(copies).join("\n  ")}\n` +
            `Next, declare another generation of ${lost}, and \`pulumi up\`: docs/recover.md.`,
    );
};

async function serversOf(cluster: StateCluster): Promise<ServerPlace[]> {
    if (cluster.isConsul05) {
        throw new TaskFailure(
            "Consul 0.5.2, as progrium's image has it, keeps Raft's peers in another form. Bring its " +
                "servers back, or make a new cluster.",
        );
    }
    const { nodes, containers, store } = cluster;
    const clients = await clientsOf(cluster);
    const servers = Object.entries(nodes)
        .filter(([, { role }]) => role === "server")
        .map(([nodeName, { machine }]): ServerPlace => {
            const container = containers.find(({ node }) => node === nodeName)?.name ?? "consul";
            return {
                nodeName,
                client: clients.of(nodeName),
                agent: { store, machine, container },
            };
        });
    if (new Set(servers.map(({ agent }) => agent.machine)).size < servers.length) {
        throw new TaskFailure(
            "The servers share one machine, and only the first of them is reached from outside: " +
                "restore a snapshot instead (docs/restore.md).",
        );
    }
    return servers;
}
