import { parseArgs } from "node:util";
import { dataDirectory } from "../scripts/protocol/agentFiles.ts";
import { containerName } from "../components/node/consulNode.ts";
import { findLostQuorum, type ServerPlace } from "./recover/lostQuorum.ts";
import { recoverCluster } from "./recover/recoverCluster.ts";
import { messageOf, obtain } from "./tools/obtain.ts";
import { pulumiTool } from "./tools/pulumi.ts";
import { isAgreed } from "./show/agreement.ts";
import { runTask, TaskFailure } from "./show/failure.ts";
import { readOutputs } from "./stack/stackNodes.ts";
import {
    committedSettings,
    machineStore,
    runsProgrium,
    snapshotFolder,
} from "./stack/stackSettings.ts";
import { commandOf, readStackOutputs } from "./stack/workspace.ts";

const usage = "npm run recover -- [--yes] [--without SERVER]";

/** Makes a cluster of the servers that are left of one that lost its quorum. */
async function recover(args: readonly string[]): Promise<void> {
    const { yes, without } = readOptions(args);
    const { servers, folder } = await stackServers();
    const unknown = without.filter((name) => !servers.some(({ nodeName }) => nodeName === name));
    if (unknown.length > 0) {
        throw new TaskFailure(
            `--without: got ${unknown.join(", ")}; expected one of ` +
                servers.map(({ nodeName }) => nodeName).join(", "),
        );
    }
    const found = await findLostQuorum(servers, without);
    const survivors = found.survivors.map(({ nodeName }) => nodeName).join(", ");
    const lost = found.lost.join(", ");
    console.log(
        `The cluster goes on from the data of ${survivors}.\n  ${lost}: given up. Started again ` +
            "with old data, they could form a second cluster: make sure that they never are.",
    );
    if (!yes && !(await isAgreed("Nothing was changed"))) {
        throw new TaskFailure("Nothing was changed.");
    }
    const report = (line: string) => {
        console.log(line);
    };
    const copies = await recoverCluster(found, { dataDirectory, folder, report });
    console.log(
        `Recovered: ${survivors} lead${found.survivors.length === 1 ? "s" : ""} the cluster.\n` +
            `What they held before:\n  ${Object.values(copies).join("\n  ")}\n` +
            `Next, state another generation of ${lost}, and \`pulumi up\`: docs/recover.md.`,
    );
}

async function stackServers() {
    const pulumi = await obtain(pulumiTool, { only: "find" });
    const committed = await committedSettings(await commandOf(pulumi));
    if (runsProgrium(committed)) {
        throw new TaskFailure(
            "This is for today's Consul: 0.5.2, as progrium's image has it, keeps Raft's peers otherwise. " +
                "Bring its servers back, or make a new cluster.",
        );
    }
    const outputs = await readStackOutputs(pulumi);
    const declared = outputs === undefined ? undefined : readOutputs(outputs);
    if (declared === undefined) {
        throw new TaskFailure("No cluster was made here: there is nothing to recover.");
    }
    const store = machineStore(committed);
    const servers = Object.entries(declared.nodes)
        .filter(([, { role }]) => role === "server")
        .map(([nodeName, { httpAddress, machine }]): ServerPlace => {
            return { nodeName, httpAddress, agent: { store, machine, container: containerName } };
        });
    if (new Set(servers.map(({ agent }) => agent.machine)).size < servers.length) {
        throw new TaskFailure(
            "The servers share one machine, and are reached through the first of them alone: " +
                "restore a snapshot instead (docs/restore.md).",
        );
    }
    return { servers, folder: snapshotFolder(committed) };
}

function readOptions(args: readonly string[]) {
    try {
        const { values } = parseArgs({
            args: [...args],
            options: {
                yes: { type: "boolean" },
                without: { type: "string", multiple: true },
            },
        });
        return { yes: values.yes ?? false, without: values.without ?? [] };
    } catch (error) {
        throw new TaskFailure(`${messageOf(error)} It takes: ${usage}`);
    }
}

await runTask(recover);
