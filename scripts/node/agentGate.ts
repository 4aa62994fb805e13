import type { ConsulClient } from "../consul/consulClient.ts";
import { execute, inspectContainer, startContainer } from "../docker/container.ts";
import { readContainerFile, writeContainerFile } from "../docker/containerFile.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { Machine } from "../machine/machine.ts";
import { deleteStaleFlows } from "../machine/staleFlows.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { parseJson } from "../system/json.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor, type Missing } from "../system/waitFor.ts";
import { peerAddress } from "./peerAddress.ts";

/** Milliseconds for an agent to open its HTTP port: a fraction of a second, unless the machine is busy. */
export const answerLimit = 90_000;

/**
 * Waits for one agent by a gate.
 *
 * @param where the agent is asked, for the message.
 * @throws Error with the gate's message and the last lines of the agent's log.
 */
export async function passGate(
    { nodeName, log: ref }: AgentRequest,
    where: string,
    gate: () => Promise<void>,
): Promise<string> {
    try {
        await gate();
    } catch (error) {
        const log = await Machine.of(ref).containerLog(ref.container);
        throw new Error(
            `${nodeName}: its agent${where} is not ready ${describeError(error)}\n` +
                `The last lines of its log:\n  ${log.join("\n  ")}`,
            { cause: error },
        );
    }
    return "ready";
}

/**
 * Starts an agent's container that is stopped: its engine tries once as it starts itself, and a machine whose address
 * comes later has none by then. One that its engine starts again by itself is left to it.
 *
 * @throws Error where it does not start.
 */
export async function startStopped({ nodeName, log }: AgentRequest): Promise<void> {
    const engine = await Machine.of(log)
        .engine()
        .catch(() => undefined);
    // What an engine does not answer here it is asked again behind this.
    const found = engine && (await inspectContainer(engine, log.container).catch(() => undefined));
    if (engine === undefined || found?.State.Status !== "exited") {
        return;
    }
    const why = found.State.Error === "" ? "" : ` (${found.State.Error})`;
    progress(`${nodeName}: its container is stopped${why}; starting it`);
    try {
        await startContainer(engine, log.container);
    } catch (error) {
        throw new Error(`for its container does not start: ${describeError(error)}`, {
            cause: error,
        });
    }
}

/** Why the agent that was asked is another one than expected; undefined where it is not. */
export async function strangerProblem(agent: ConsulClient, expected: string): Promise<Missing> {
    const { NodeName } = (await agent.self()).Config;
    return NodeName === expected
        ? undefined
        : `the agent there is "${NodeName}", of another cluster or stack`;
}

/** Deletes what the machine's kernel keeps of the container before this one, to which it would lead what
 * is sent to the node. */
export async function deleteEarlierFlows({ log, binary }: AgentRequest): Promise<void> {
    const name = `/${log.container}`;
    await deleteStaleFlows(Machine.of(log), binary, ({ Names }) => Names.includes(name));
}

/**
 * Writes that part of an agent's configuration which may change without a new container: what it reloads
 * while it runs, and which servers it joins at its next start. It is a file in the container; a new
 * container has none, but in a secured cluster, where the file is on the node's volume.
 *
 * The current servers are joined besides those of the first election, which the command names. So a
 * bootstrap server that comes back without its data finds the others, and so does an agent that was
 * stopped while all first servers were replaced.
 *
 * @throws Error when the agent rejects it; the file has its former content again then.
 */
export async function configureAgent(request: AgentRequest): Promise<void> {
    const { nodeName, log, reloadable, servers, joined = [], askThrough: queryVia } = request;
    const engine = await Machine.of(log).engine();
    const before = (await readContainerFile(engine, log.container, reloadable.file))?.text;
    const retryJoin =
        queryVia === undefined
            ? [...Object.values(servers), ...joined].map((api) => peerAddress(api, request))
            : Object.keys(servers);
    const content = textOf({ ...reloadable.config, retry_join: retryJoin });
    if (before === content) {
        return;
    }
    const write = (text: string) =>
        writeContainerFile(engine, log.container, reloadable.file, text);
    if (reloadablePart(before) === reloadablePart(content)) {
        await write(content);
        return;
    }
    const reload = await reloaderOf(request, engine);
    await write(content);
    try {
        await reload();
    } catch (error) {
        await write(before ?? textOf({}));
        await reload().catch(() => undefined);
        throw new Error(
            `${nodeName}: its agent rejects the configuration, and keeps the one before: ` +
                describeError(error),
            { cause: error },
        );
    }
    progress(`${nodeName} has reloaded ${Object.keys(reloadable.config).join(", ")}`);
}

/** What makes an agent read its files again: its API, once it responds; or its own program inside its
 * container, where the API is not reached from outside. */
async function reloaderOf(request: AgentRequest, engine: EngineApi): Promise<() => Promise<void>> {
    const { nodeName, httpAddress, askThrough: queryVia, log } = request;
    if (queryVia !== undefined) {
        return async () => {
            const { exitCode, output } = await execute(engine, log.container, ["consul", "reload"]);
            if (exitCode !== 0) {
                throw new Error(output);
            }
        };
    }
    const agent = (await ClusterClients.of(request)).at(nodeName, httpAddress);
    await waitFor(() => agent.self().then(() => undefined), {
        limit: answerLimit,
        interval: 100,
        onChange: progress,
    });
    return () => agent.reload();
}

/** What of the file a running agent reloads. */
function reloadablePart(text: string | undefined): string {
    const config = parseJson(text ?? "{}");
    return textOf({ ...(typeof config === "object" ? config : {}), retry_join: undefined });
}

function textOf(config: object): string {
    return `${JSON.stringify(config, null, 2)}\n`;
}
