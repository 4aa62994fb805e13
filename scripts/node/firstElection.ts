import { restartContainer } from "../docker/container.ts";
import { readContainerFile, writeContainerFile } from "../docker/containerFile.ts";
import { Machine } from "../machine/machine.ts";
import type { AgentRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { parseJson, property } from "../system/json.ts";
import { progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";

/** Seconds that an agent may take to stop before its engine kills it; it takes a fraction of one. */
const stopSeconds = 30;

/** Milliseconds for a server that is alone to elect itself: a second or two. */
const electionLimit = 60_000;

/**
 * Has the server that its cluster began with hold the first election, and removes that setting
 * afterwards.
 *
 * A server elects itself alone only if it expects one server, and with that setting it does the same
 * whenever it comes back empty: it then leads a new cluster, and others that it joins can lose their
 * data to that one. So the setting is in a file that exists during the first election only: the agent is
 * restarted for it, and once more without it. It serves no requests yet.
 *
 * Where other servers have been declared since, and yet none has data, it expects their number: no
 * server can hold that election alone.
 *
 * @param hasFormed whether this server or another has been part of an election.
 */
export async function holdFirstElection(
    request: AgentRequest,
    hasFormed: () => Promise<boolean>,
): Promise<void> {
    const {
        nodeName,
        electionFile: file,
        httpAddress,
        askThrough = nodeName,
        servers,
        log,
    } = request;
    if (file === undefined) {
        return;
    }
    const engine = await Machine.of(log).engine();
    const restartWith = async (config: object) => {
        await writeContainerFile(engine, log.container, file, `${JSON.stringify(config)}\n`);
        await restartContainer(engine, log.container, stopSeconds);
    };
    const agent = (await ClusterClients.of(request)).at(askThrough, httpAddress);
    const leads = async () => ((await agent.leader()) === "" ? "it does not lead yet" : undefined);
    const untilLed = () =>
        waitFor(leads, { limit: electionLimit, interval: 100, onChange: progress });
    const expected = Object.keys(servers).length + 1;
    if (!(await hasFormed())) {
        progress(`${nodeName} holds the first election, and expects ${expected}`);
        await restartWith({ bootstrap_expect: expected });
        if (expected === 1) {
            await untilLed();
        }
    }
    // Also what an interrupted run left behind.
    const written = await readContainerFile(engine, log.container, file);
    if (property(parseJson(written?.text ?? ""), "bootstrap_expect") === 1) {
        await restartWith({});
        await untilLed();
    }
}
