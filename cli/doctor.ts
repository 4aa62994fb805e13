import { clusterChecks } from "./doctor/checks/allChecks.ts";
import type { ClusterFacts } from "./doctor/facts.ts";
import { diagnose, reportFindings } from "./doctor/findings.ts";
import { gatherAddress } from "./doctor/gather/address.ts";
import { gatherComputer, reportTools } from "./doctor/gather/computer.ts";
import { gatherStack } from "./doctor/gather/stack.ts";
import { commandLine, runTask, TaskFailure } from "./show/task.ts";
import { accessOf } from "./stack/stackClients.ts";
import { readOutputs } from "./stack/stackNodes.ts";
import { clusterPlaceOf, committedSettings } from "./stack/stackSettings.ts";
import { readStackOutputs } from "./stack/workspace.ts";
import type { Pulumi } from "./tools/pulumi.ts";

/** Examines everything, changes nothing; the exit code says whether all is as it should be. */
async function doctor(args: readonly string[]): Promise<void> {
    const { address } = commandLine("npm run doctor", "Says what is wrong, why, and what to do.")
        .option("--address <url>", "an agent of another cluster: http://10.0.0.11:8500", readUrl)
        .parse(args, { from: "user" })
        .opts();
    if (address !== undefined) {
        process.exitCode = report(await gatherAddress(address)) ? 0 : 1;
        return;
    }
    const { tools, pulumi } = await gatherComputer();
    console.log(`This computer:\n${reportTools(tools)}\n`);
    const facts = pulumi === undefined ? undefined : await stackFacts(pulumi);
    if (facts === undefined) {
        console.log(
            "No cluster runs: `npm start` brings one up. For one that was made elsewhere, name an " +
                "agent: `npm run doctor -- --address http://10.0.0.11:8500`.",
        );
    }
    const isHealthy = facts === undefined || report(facts);
    process.exitCode = isHealthy && tools.every(({ advice }) => advice === undefined) ? 0 : 1;
}

/** Reports how a cluster is; true where nothing is wrong with it. */
function report(facts: ClusterFacts): boolean {
    const found = diagnose(clusterChecks, facts);
    console.log(`The cluster:\n${reportFindings(clusterChecks, facts, found)}`);
    return found.length === 0;
}

/** What the stack's machines and agents say; undefined where no stack runs. */
async function stackFacts(pulumi: Pulumi): Promise<ClusterFacts | undefined> {
    const declared = readOutputs(await readStackOutputs(pulumi));
    if (declared === undefined) {
        return undefined;
    }
    const { nodes } = declared;
    const place = clusterPlaceOf(await committedSettings(pulumi));
    return gatherStack({ nodes, store: place.store, access: accessOf(nodes, place) });
}

/** The origin of the agent that is asked in place of the stack's. */
function readUrl(text: string): string {
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
        throw new TaskFailure(
            `--address: got "${text}"; an agent's HTTP API, such as http://10.0.0.11:8500`,
        );
    }
    return new URL(text).origin;
}

await runTask(doctor);
