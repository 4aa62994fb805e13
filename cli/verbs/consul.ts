import { execute } from "../engine/execute.ts";
import { TaskFailure } from "../show/task.ts";
import { askedCluster, managementToken } from "../stack/clusterAccess.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { containerOf } from "./placedContainer.ts";
import { openedCluster, type Verb } from "./verb.ts";

/**
 * Runs Consul's own command in a node's container, and ends with its exit code. In a secured cluster it may do
 * everything: it has the management token, which is in no argument, and in no file.
 */
export const consul: Verb = async (call) => {
    const [node = "", ...words] = call.args;
    const { cluster } = await openedCluster(call);
    const { container, engine } = containerOf(cluster, node);
    const { rights } = await askedCluster(cluster);
    const execution = {
        container,
        command: ["consul", ...words],
        environment: tokenVariables(managementToken(rights)),
    };
    // A command that asks nothing is not to wait for a terminal.
    const input = process.stdin.isTTY ? undefined : process.stdin;
    try {
        const streams = { input, output: process.stdout, errors: process.stderr };
        process.exitCode = await execute(engine, execution, streams);
    } catch (error) {
        throw new TaskFailure(`${node}: ${describeError(error)}`);
    } finally {
        // Else this process would wait for more of it.
        input?.destroy();
    }
};

/**
 * By what Consul's command has a token. Its container names a file with the token of that agent alone, and a file wins
 * over a token: the name has to be empty.
 */
export function tokenVariables(token: string | undefined): string[] {
    return token === undefined ? [] : [`CONSUL_HTTP_TOKEN=${token}`, "CONSUL_HTTP_TOKEN_FILE="];
}
