import { parseArgs } from "node:util";
import { messageOf } from "./tools/obtain.ts";
import type { Pulumi } from "./tools/pulumi.ts";
import { clusterChecks } from "./doctor/checks/allChecks.ts";
import type { ClusterFacts } from "./doctor/facts.ts";
import { diagnose, reportFindings } from "./doctor/findings.ts";
import { gatherAddress } from "./doctor/gather/address.ts";
import { gatherComputer, reportTools } from "./doctor/gather/computer.ts";
import { gatherStack } from "./doctor/gather/stack.ts";
import { runTask, TaskFailure } from "./show/failure.ts";
import { readOutputs } from "./stack/stackNodes.ts";
import { committedSettings, machineStore } from "./stack/stackSettings.ts";
import { commandOf, readStackOutputs } from "./stack/workspace.ts";

const usage = "npm run doctor -- [--address http://AGENT:8500]";

/** Looks at everything, changes nothing; the exit code says whether all is as it should be. */
async function doctor(args: readonly string[]): Promise<void> {
    const address = readAddress(args);
    if (address !== undefined) {
        process.exitCode = tell(await gatherAddress(address)) ? 0 : 1;
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
    const isWell = facts === undefined || tell(facts);
    process.exitCode = isWell && tools.every(({ advice }) => advice === undefined) ? 0 : 1;
}

/** Says how a cluster is; whether it is well. */
function tell(facts: ClusterFacts): boolean {
    const found = diagnose(clusterChecks, facts);
    console.log(`The cluster:\n${reportFindings(clusterChecks, facts, found)}`);
    return found.length === 0;
}

/** What the stack's machines and agents say; undefined where no stack runs. */
async function stackFacts(pulumi: Pulumi): Promise<ClusterFacts | undefined> {
    const outputs = await readStackOutputs(pulumi);
    const declared = outputs === undefined ? undefined : readOutputs(outputs);
    if (declared === undefined) {
        return undefined;
    }
    const { project, stack } = await committedSettings(await commandOf(pulumi));
    return gatherStack({ nodes: declared.nodes, store: machineStore({ project, stack }) });
}

/** The agent that is to be asked in place of the stack's; undefined where none is named. */
function readAddress(args: readonly string[]): string | undefined {
    let address: string | undefined;
    try {
        const text = { type: "string" } as const;
        address = parseArgs({ args: [...args], options: { address: text } }).values.address;
    } catch (error) {
        throw new TaskFailure(`${messageOf(error)} It takes: ${usage}`);
    }
    if (address === undefined) {
        return undefined;
    }
    if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) {
        throw new TaskFailure(
            `--address: got "${address}"; an agent's HTTP API, such as http://10.0.0.11:8500`,
        );
    }
    return new URL(address).origin;
}

await runTask(doctor);
