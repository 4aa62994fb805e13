import { ConsulClient } from "../consul/consulClient.ts";
import { execute } from "../docker/containerCommand.ts";
import { readContainerFile, writeContainerFile } from "../docker/containerFile.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { engineOf } from "../machine/machineEngine.ts";
import { describeError, progress } from "../system/progress.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { waitFor } from "../system/waitFor.ts";

/** Time for an agent to open its HTTP port: a fraction of a second, unless the machine is busy. */
const answerLimit = 90_000;

/** For an agent that was there before: it takes what changed of its configuration, and goes on. */
export async function agentKnown(request: AgentRequest): Promise<string> {
    await configureAgent(request);
    return "ready";
}

/**
 * Gives an agent that part of its configuration which may change without its container: what it takes
 * while it runs, and whom it joins when it starts the next time. A file in its container has it; a
 * new container has none.
 *
 * The servers of today are joined besides those of the first election, which the command names. So a
 * bootstrap server that comes back without its data finds the others, and so does an agent that was
 * off while all first servers were replaced.
 *
 * @throws Error when the agent refuses it; the part that it had before is back then.
 */
export async function configureAgent(request: AgentRequest): Promise<void> {
    const { nodeName, log, reloadable, servers, askThrough } = request;
    const { store, machine, container } = log;
    const engine = await engineOf(store, machine);
    const before = (await readContainerFile(engine, container, reloadable.file))?.text;
    const retryJoin =
        askThrough === undefined
            ? Object.values(servers).map((address) => new URL(address).hostname)
            : Object.keys(servers);
    const content = textOf({ ...reloadable.config, retry_join: retryJoin });
    if (before === content) {
        return;
    }
    if (taken(before) === taken(content)) {
        await writeContainerFile(engine, container, reloadable.file, content);
        return;
    }
    const reload = await reloaderOf(request, engine);
    await writeContainerFile(engine, container, reloadable.file, content);
    try {
        await reload();
    } catch (error) {
        await writeContainerFile(engine, container, reloadable.file, before ?? textOf({}));
        await reload().catch(() => undefined);
        throw new Error(
            `${nodeName}: its agent does not take the configuration, and goes on with the one ` +
                `before: ${describeError(error)}`,
            { cause: error },
        );
    }
    progress(`${nodeName} has taken ${Object.keys(reloadable.config).join(", ")}`);
}

/**
 * What makes an agent read its files again: its API, once it answers; or its own program inside its
 * container, where nobody else reaches it.
 */
async function reloaderOf(
    { httpAddress, askThrough, log: { container } }: AgentRequest,
    engine: EngineApi,
): Promise<() => Promise<void>> {
    if (askThrough !== undefined) {
        return async () => {
            const { exitCode, output } = await execute(engine, container, ["consul", "reload"]);
            if (exitCode !== 0) {
                throw new Error(output);
            }
        };
    }
    const agent = new ConsulClient(httpAddress);
    await waitFor(
        async () => {
            await agent.self();
            return undefined;
        },
        { limit: answerLimit, interval: 100, onChange: progress },
    );
    return () => agent.reload();
}

/** What of a file a running agent takes. */
function taken(text: string | undefined): string {
    const config = JSON.parse(text ?? "{}") as Record<string, unknown>;
    return textOf({ ...config, retry_join: undefined });
}

function textOf(config: object): string {
    return `${JSON.stringify(config, null, 2)}\n`;
}
