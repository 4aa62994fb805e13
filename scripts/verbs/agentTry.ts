import { parseVersion, judgeStep, type ConsulVersion } from "../consul/versions.ts";
import { inspectContainer } from "../docker/container.ts";
import { readContainerFile } from "../docker/containerFile.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { Machine } from "../machine/machine.ts";
import { tryAgent } from "../node/agentTrial.ts";
import { reloadableFile } from "../protocol/agentFiles.ts";
import type { AgentTrial, TrialsRequest } from "../protocol/agentTrial.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { describeError, progress } from "../system/progress.ts";

/** What is known of one agent that was tried. */
interface Tried {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/**
 * Tries agents whose containers are about to be replaced: whether the image runs on the machine, its Consul takes the
 * configuration, and starts with it; and whether it goes from the Consul that runs to that of the image.
 *
 * The first one has to pass. The others are those of its cluster that are changed behind it: what is wrong with one of
 * them is found before the first is touched, as far as its machine answers and has the image by now. One that has not is
 * tried again when it is its turn.
 *
 * @returns the names of those that have passed.
 * @throws Error with a line for each thing that is wrong.
 */
export async function tryAgents({ trials, isFirst }: TrialsRequest): Promise<string[]> {
    const [first] = trials;
    const tried = await Promise.all(
        trials.map(async (trial) => {
            const result = await tryOne(trial).catch((error: unknown) => {
                if (trial === first) {
                    throw error;
                }
                progress(`${trial.nodeName} is not tried yet: ${describeError(error)}`);
                return undefined;
            });
            return { nodeName: trial.nodeName, result };
        }),
    );
    // What is so of every server is said once.
    const warnings = new Set(tried.flatMap(({ result }) => result?.warnings ?? []));
    warnings.forEach((line) => {
        progress(`warning: ${line}`);
    });
    const problems = tried.flatMap(({ result }) => result?.problems ?? []);
    if (problems.length > 0) {
        const untouched =
            isFirst === true
                ? "No server was touched."
                : `The container of ${first?.nodeName ?? "the node"} was not touched.`;
        throw new Error([...problems, untouched].join("\n"));
    }
    return tried.flatMap(({ nodeName, result }) => (result === undefined ? [] : [nodeName]));
}

/** The same of one client agent, where its container exists: of one that is made first nothing can be lost. It is tried
 * with what the running one has reloaded, which its successor will read as well. */
export async function tryReplacement(trial: AgentTrial): Promise<string> {
    if (await Machine.of(trial.agent).isToCome()) {
        return "fit";
    }
    const engine = await engineOf(trial);
    if ((await inspectContainer(engine, trial.agent.container)) !== undefined) {
        const { container } = trial;
        const reloaded = await readContainerFile(engine, trial.agent.container, reloadableFile);
        const added = reloaded === undefined ? [] : [{ path: reloadableFile, text: reloaded.text }];
        const files = [...container.files, ...added];
        await tryAgents({ trials: [{ ...trial, container: { ...container, files } }] });
    }
    return "fit";
}

/** @returns undefined where the machine is not there yet, or does not have the image. */
async function tryOne(trial: AgentTrial): Promise<Tried | undefined> {
    if (await Machine.of(trial.agent).isToCome()) {
        return undefined;
    }
    const engine = await engineOf(trial);
    const [result, running] = await Promise.all([
        tryAgent(engine, trial).catch((error: unknown) => {
            const { nodeName, agent } = trial;
            const where = `${nodeName}: its agent cannot be tried on the machine "${agent.machine}"`;
            throw new Error(`${where}: ${describeError(error)}`, { cause: error });
        }),
        runningVersion(trial),
    ]);
    if (result === undefined) {
        progress(`${trial.nodeName} is not tried yet: its machine does not have the image`);
        return undefined;
    }
    const { problems, warnings, version } = result;
    if (version === undefined || running === undefined) {
        return result;
    }
    const step = judgeStep(running, version, trial.allowVersion);
    const named = step.problem === undefined ? [] : [`${trial.nodeName}: ${step.problem}`];
    const warned = step.warning === undefined ? [] : [step.warning];
    return { problems: [...named, ...problems], warnings: [...warned, ...warnings] };
}

function engineOf({ agent }: AgentTrial): Promise<EngineApi> {
    return Machine.of(agent).engine();
}

/** The Consul that runs as the agent's node: as the node itself has it, or another server of it. Undefined where none
 * of them says. */
async function runningVersion(trial: AgentTrial): Promise<ConsulVersion | undefined> {
    const { nodeName, httpAddress, askThrough: queryVia = nodeName, servers } = trial;
    const clients = await ClusterClients.of(trial);
    const asked = [clients.at(queryVia, httpAddress), ...clients.all(servers)];
    for (const client of asked) {
        const members = await client.members().catch(() => []);
        const own = members.find(({ Name }) => Name === nodeName);
        const version = parseVersion(own?.Tags?.build ?? "");
        if (version !== undefined) {
            return version;
        }
    }
    return undefined;
}
