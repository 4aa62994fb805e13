import { ConsulClient } from "../consul/consulClient.ts";
import { readContainerFile, writeContainerFile } from "../docker/containerFile.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { engineOf } from "../machine/machineEngine.ts";
import { progress } from "../system/progress.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { waitFor } from "../system/waitFor.ts";

/** Seconds that an agent may take to stop before its engine kills it; it takes a fraction of one. */
const stopSeconds = 30;

/** Time for a server that is alone to elect itself: a second or two. */
const electionLimit = 60_000;

/**
 * Has the server that its cluster began with hold the first election, and afterwards know nothing of
 * it any more.
 *
 * A server that elects itself alone has to be told to expect one server, and as long as it is told so
 * it does the same whenever it comes back empty: it then leads a new cluster, and others that it
 * joins can lose their data to that one. So it is told by a file that is there for the first election
 * only, for which it is restarted, and restarted once more without it. Nobody is served yet.
 *
 * Where others have been declared since, and yet nobody has data, it is told their number: an
 * election that no server can hold alone.
 *
 * @param hasFormed tells whether this server or another has been part of an election.
 */
export async function holdFirstElection(
    request: AgentRequest,
    hasFormed: () => Promise<boolean>,
): Promise<void> {
    const { nodeName, electionFile: file, httpAddress, servers, log } = request;
    if (file === undefined) {
        return;
    }
    const agent = new ConsulClient(httpAddress);
    const engine = await engineOf(log.store, log.machine);
    const tell = async (config: object) => {
        await writeContainerFile(engine, log.container, file, `${JSON.stringify(config)}\n`);
        await restart(engine, log.container);
    };
    const expect = Object.keys(servers).length + 1;
    if (!(await hasFormed())) {
        progress(`${nodeName} is told of the first election, of ${expect}`);
        await tell({ bootstrap_expect: expect });
        if (expect === 1) {
            await untilLed(agent);
        }
    }
    // Also what an interrupted run left behind.
    const told = await readContainerFile(engine, log.container, file);
    if (expectOf(told?.text) === 1) {
        await tell({});
        await untilLed(agent);
    }
}

/** How many servers a file tells of; undefined where it tells of none. */
function expectOf(text: string | undefined): number | undefined {
    return (JSON.parse(text ?? "{}") as { readonly bootstrap_expect?: number }).bootstrap_expect;
}

async function restart(engine: EngineApi, container: string): Promise<void> {
    const path = `/containers/${encodeURIComponent(container)}/restart?t=${stopSeconds}`;
    await engine.text(path, { method: "POST", timeout: (stopSeconds + 10) * 1000 });
}

async function untilLed(agent: ConsulClient): Promise<void> {
    await waitFor(
        async () => ((await agent.leader()) === "" ? "it does not lead yet" : undefined),
        {
            limit: electionLimit,
            interval: 100,
            onChange: progress,
        },
    );
}
