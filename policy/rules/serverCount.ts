import { z } from "zod";
import type { Resource } from "./resource.ts";

/** More make every write slower, and no cluster needs to survive four failures at once. */
const most = 7;

const clusterProps = z.object({
    nodes: z.record(z.string(), z.object({ role: z.enum(["server", "client"]) })),
    security: z.string().optional(),
});

/**
 * What is wrong with the numbers of servers, a line for each cluster of a stack. One that joins another stack's is left
 * out: how many servers there are in all, neither stack knows.
 */
export function serverCountProblems(resources: readonly Resource[]): string[] {
    return resources
        .filter(({ type }) => type === "consul-machines:index:ConsulCluster")
        .flatMap(({ name, props }) => {
            const { nodes, security } = clusterProps.parse(props);
            const count = Object.values(nodes).filter(({ role }) => role === "server").length;
            const problem = countProblem(count);
            return problem === undefined || joinsAnother(name, security, resources)
                ? []
                : [`${name}: servers: got ${count}; ${problem}`];
        });
}

function countProblem(count: number): string | undefined {
    if (count > most) {
        return `at most ${most}: each one more has to confirm every write. Make the others clients.`;
    }
    return count > 0 && count % 2 === 0
        ? `an odd number: it survives no more failures than ${count - 1} would, and has one more ` +
              `server that can fail. Declare ${count - 1} or ${count + 1}.`
        : undefined;
}

/**
 * A secured cluster that joins none has a CA of its own. Of an open one its record tells, of which no server has held the
 * first election; where machines tell their addresses themselves it can be read after the first update.
 */
function joinsAnother(
    cluster: string,
    security: string | undefined,
    resources: readonly Resource[],
): boolean {
    const commands = resources.filter(({ type }) => type === "command:local:Command");
    if (security === "full") {
        return !commands.some(({ name }) => name === `${cluster}-ca`);
    }
    const record = commands.find(({ name }) => name === `${cluster}-formation`);
    return record !== undefined && recordedExpect(record) === 0;
}

function recordedExpect({ props }: Resource): number {
    const { stdin } = z.object({ stdin: z.string() }).parse(props);
    return z.object({ expect: z.number() }).parse(JSON.parse(stdin)).expect;
}
