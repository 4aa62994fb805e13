import { clusterChecks } from "../doctor/checks/allChecks.ts";
import type { ClusterFacts } from "../doctor/facts.ts";
import { diagnose, reportFindings } from "../doctor/findings.ts";
import { gatherAddress } from "../doctor/gather/address.ts";
import { gatherStack } from "../doctor/gather/stack.ts";
import { declaredPorts } from "../doctor/publishedPorts.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { reportTools, type ToolFact } from "../show/tools.ts";
import { askedCluster } from "../stack/clusterAccess.ts";
import { layDownStore } from "../stack/keptStore.ts";
import type { DoctorAnswer } from "./answers.ts";
import { openedCluster, print, type Call, type OpenedCluster, type Verb } from "./verb.ts";

/** Examines everything, changes nothing; the exit code says whether all is as it should be. */
export const doctor: Verb = async (call) => {
    const { door, options } = call;
    const isOfHosts = options.hosts && door.hosts !== undefined;
    const { answer, text } = isOfHosts ? await door.hosts(call) : await examine(call);
    print(call, answer, text);
    process.exitCode = answer.isWell ? exitCodes.done : exitCodes.unwell;
};

/** What was found, for programs and for people. */
export interface Examined {
    readonly answer: DoctorAnswer;
    readonly text: string;
}

async function examine(call: Call): Promise<Examined> {
    const { address } = call.options;
    if (address !== undefined) {
        return examined([], undefined, await gatherAddress(address));
    }
    try {
        const opened = await openedCluster(call);
        const tools = await call.door.tools(opened.pulumi);
        return examined(tools, opened, await factsOf(opened));
    } catch (error) {
        const isAsked = call.options.stack !== undefined || call.options.cwd !== undefined;
        if (!(error instanceof TaskFailure && error.exitCode === exitCodes.missing) || isAsked) {
            throw error;
        }
        // Before there is a stack it tells whether one could be made.
        return examined(await call.door.tools(undefined), undefined, undefined);
    }
}

/** What a stack's machines and agents say. Machines are asked by docker-machine's store, which may not be here yet. */
export async function factsOf({
    stack,
    cluster,
}: Pick<OpenedCluster, "stack" | "cluster">): Promise<ClusterFacts> {
    for (const line of await layDownStore(stack.state, cluster)) {
        process.stderr.write(`${line}\n`);
    }
    return gatherStack({ ...(await askedCluster(cluster)), declared: declaredPorts(cluster) });
}

/** The report on what was gathered. */
export function examined(
    tools: readonly ToolFact[],
    opened: Pick<OpenedCluster, "stack" | "cluster"> | undefined,
    facts: ClusterFacts | undefined,
): Examined {
    const found = facts === undefined ? [] : diagnose(clusterChecks, facts);
    const areToolsThere = tools.every(({ advice }) => advice === undefined);
    const lines = facts === undefined ? "" : reportFindings(clusterChecks, facts, []);
    return {
        answer: {
            project: opened?.stack.project ?? null,
            stack: opened?.stack.stack ?? null,
            cluster: opened?.cluster.name ?? null,
            isWell: found.length === 0 && areToolsThere,
            tools: tools.map((tool) => ({ ...tool, advice: tool.advice ?? null })),
            holds: lines
                .split("\n")
                .filter((line) => line !== "")
                .map((line) => line.replace(/^ +ok +/, "")),
            findings: found.map(({ check, nodes, seen, why, fix }) => {
                const page = `docs/doctor.md#${check}`;
                return { check, nodes: [...nodes], seen, why, fix, page };
            }),
        },
        text: [
            ...(tools.length === 0 ? [] : [`This computer:\n${reportTools(tools)}\n`]),
            facts === undefined
                ? nothingRuns
                : `The cluster:\n${reportFindings(clusterChecks, facts, found)}`,
        ].join("\n"),
    };
}

const nothingRuns =
    "No cluster runs: `npm start` brings one up. For one that was made elsewhere, name an " +
    "agent: `npm run doctor -- --address http://10.0.0.11:8500`.";
