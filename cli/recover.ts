import { dataDirectory } from "../scripts/protocol/agentFiles.ts";
import { containerName } from "../components/machine/placement.ts";
import { findLostQuorum, type ServerPlace } from "./recover/lostQuorum.ts";
import { recoverCluster } from "./recover/recoverCluster.ts";
import { obtain } from "./tools/obtain.ts";
import { pulumiTool } from "./tools/pulumi.ts";
import { commandLine, confirm, runTask, TaskFailure } from "./show/task.ts";
import { accessOf, StackClients } from "./stack/stackClients.ts";
import { readOutputs } from "./stack/stackNodes.ts";
import {
    clusterPlaceOf,
    committedSettings,
    runsProgrium,
    snapshotFolder,
} from "./stack/stackSettings.ts";
import { readStackOutputs } from "./stack/workspace.ts";

/** Makes a cluster of the remaining servers of one that lost its quorum. */
async function recover(args: readonly string[]): Promise<void> {
    const { yes, without } = commandLine(
        "npm run recover",
        "Makes a cluster of the remaining servers of one that lost its quorum.",
    )
        .option("--yes", "do not ask")
        .option("--without <servers...>", "servers to abandon although their machines answer", [])
        .parse([...args], { from: "user" })
        .opts();
    const { servers, folder } = await stackServers();
    const names = servers.map(({ nodeName }) => nodeName);
    const unknown = without.filter((name) => !names.includes(name));
    if (unknown.length > 0) {
        throw new TaskFailure(
            `--without: got ${unknown.join(", ")}; expected one of ${names.join(", ")}`,
        );
    }
    const found = await findLostQuorum(servers, without);
    const survivors = found.survivors.map(({ nodeName }) => nodeName).join(", ");
    const lost = found.lost.join(", ");
    console.log(
        `The cluster continues with the data of ${survivors}.\n  ${lost}: abandoned. Started again ` +
            "with old data, they could form a second cluster: make sure that they never are.",
    );
    if (yes !== true) {
        await confirm("Nothing was changed");
    }
    const report = (line: string) => {
        console.log(line);
    };
    const copies = await recoverCluster(found, { dataDirectory, folder, report });
    console.log(
        `Recovered: ${survivors} lead${found.survivors.length === 1 ? "s" : ""} the cluster.\n` +
            `What they held before:\n  ${Object.values(copies).join("\n  ")}\n` +
            `Next, declare another generation of ${lost}, and \`pulumi up\`: docs/recover.md.`,
    );
}

async function stackServers() {
    const pulumi = await obtain(pulumiTool, { only: "find" });
    const committed = await committedSettings(pulumi);
    if (runsProgrium(committed)) {
        throw new TaskFailure(
            "Consul 0.5.2, as progrium's image has it, keeps Raft's peers in another form. Bring its " +
                "servers back, or make a new cluster.",
        );
    }
    const declared = readOutputs(await readStackOutputs(pulumi));
    if (declared === undefined) {
        throw new TaskFailure("No cluster was made here: there is nothing to recover.");
    }
    const { nodes } = declared;
    const place = clusterPlaceOf(committed);
    const { store } = place;
    const clients = await StackClients.of({ nodes, access: accessOf(nodes, place) });
    const servers = Object.entries(nodes)
        .filter(([, { role }]) => role === "server")
        .map(([nodeName, { machine }]): ServerPlace => {
            const agent = { store, machine, container: containerName };
            return { nodeName, client: clients.of(nodeName), agent };
        });
    if (new Set(servers.map(({ agent }) => agent.machine)).size < servers.length) {
        throw new TaskFailure(
            "The servers share one machine, and only the first of them is reached from outside: " +
                "restore a snapshot instead (docs/restore.md).",
        );
    }
    return { servers, folder: snapshotFolder(committed) };
}

await runTask(recover);
