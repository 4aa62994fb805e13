import type { ContainerInfo, ContainerInspectInfo } from "dockerode";
import { responds } from "../consul/leadership.ts";
import { inspectContainer } from "../docker/container.ts";
import { Machine } from "../machine/machine.ts";
import { deleteOwnStaleFlows, inTurn } from "../machine/repair.ts";
import {
    engineProblem,
    noteEngine,
    restartWith,
    toldEngine,
    toldNot,
} from "../machine/tellEngine.ts";
import { markIn, type EngineOptions } from "../protocol/engineOptions.ts";
import { ownerLabel } from "../protocol/labels.ts";
import type { AgentRequest, EngineRequest } from "../protocol/requests.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import { agentBack } from "./agentReady.ts";
import { clearServer } from "./serverClear.ts";

/** Milliseconds for the containers of a machine to run again once its engine does. */
const containersLimit = 60_000;

/**
 * Has a machine's engine run with the options that are declared. One that does is left alone, as that of a new machine, which
 * was made with them: what an engine was told is seen from its own labels. Another one is restarted, and with it all that
 * runs there: a server only where the cluster does without it meanwhile, and until its agent is back nothing else of the
 * store's is restarted.
 *
 * @throws Error where its daemon would not start with them, or the cluster would lose its quorum: nothing was touched then;
 *     or where it did not start with them.
 */
export async function applyEngine(request: EngineRequest): Promise<string> {
    await tell(request, request.engine);
    return "applied";
}

/** Takes back what an engine was told, for it is not declared any more. */
export async function resetEngine(request: EngineRequest): Promise<undefined> {
    const machine = Machine.of(request);
    if (await machine.exists()) {
        await tell(request, undefined);
    }
}

async function tell(request: EngineRequest, options: EngineOptions | undefined): Promise<void> {
    const machine = Machine.of(request);
    const wanted = markIn(options?.labels ?? []);
    if ((await toldEngine(machine)) === wanted) {
        await noteEngine(machine, options);
        return;
    }
    const cli = await machine.cli(request.binary);
    await inTurn(
        machine.layout.root,
        async () => {
            const problem = options && (await engineProblem(cli, machine, options));
            if (problem !== undefined) {
                const rule = `its daemon would not start with them: ${problem}. Nothing was touched`;
                throw toldNot(machine.name, new Error(rule));
            }
            const agent = await runningAgent(request.agent);
            if (agent?.role === "server") {
                await clearServer({ ...agent, container: "" });
            }
            const running = await ownRunning(machine, request.owner);
            progress(`${machine.name}: its engine is restarted with other settings`);
            await restartWith(cli, machine, options).catch((error: unknown) => {
                throw toldNot(machine.name, error);
            });
            await deleteOwnStaleFlows(machine, request);
            await untilRunning(machine, running);
            if (agent !== undefined) {
                await agentBack(agent);
            }
        },
        0,
    );
}

/** The agent on the machine; undefined where none runs there that answers, as before it is made. */
async function runningAgent(agent: AgentRequest | undefined): Promise<AgentRequest | undefined> {
    if (agent === undefined) {
        return undefined;
    }
    const engine = await Machine.of(agent.log).engine();
    const found = await inspectContainer(engine, agent.log.container);
    if (found?.State.Running !== true) {
        return undefined;
    }
    const client = (await ClusterClients.of(agent)).at(agent.nodeName, agent.httpAddress);
    return (await responds(client)) ? agent : undefined;
}

/** The stack's containers that run on a machine, and that its engine starts again by itself. */
async function ownRunning(machine: Machine, owner: string): Promise<string[]> {
    const engine = await machine.engine();
    const filters = encodeURIComponent(JSON.stringify({ label: [`${ownerLabel}=${owner}`] }));
    const listed = await engine.ask<readonly ContainerInfo[]>(
        `/containers/json?filters=${filters}`,
    );
    const all = await Promise.all(listed.map(({ Id }) => inspectContainer(engine, Id)));
    return all.flatMap((found) => (found !== undefined && isKept(found) ? [found.Id] : []));
}

function isKept({ HostConfig }: ContainerInspectInfo): boolean {
    return ["always", "unless-stopped"].includes(HostConfig.RestartPolicy?.Name ?? "");
}

async function untilRunning(machine: Machine, containers: readonly string[]): Promise<void> {
    const engine = await machine.engine();
    await waitFor(
        async () => {
            const all = await Promise.all(containers.map((id) => inspectContainer(engine, id)));
            const still = all.find((found) => found !== undefined && !found.State.Running);
            return still && `${still.Name.replace(/^\//, "")} does not run yet`;
        },
        { limit: containersLimit, interval: 500, onChange: progress },
    );
}
