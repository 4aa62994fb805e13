import * as pulumi from "@pulumi/pulumi";
import type { ContainerInfo } from "dockerode";
import { inspectContainer, startContainer } from "../../scripts/docker/container.ts";
import type { EngineApi } from "../../scripts/docker/engineApi.ts";
import { isLateAddress, layStarter, starterUnit } from "../../scripts/machine/lateAddress.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import { configLabel, nodeLabel, ownerLabel, portsLabel } from "../../scripts/protocol/labels.ts";
import { describeError, sleep } from "../../scripts/system/progress.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** Milliseconds that an engine may take to list containers: one that does not is reported by itself. */
const timeout = 3000;

/** Milliseconds after which an agent that ends as soon as it starts has ended. */
const settleMs = 1000;

/** States of a container in which its agent does not answer, and which nothing else in a run would see: Pulumi takes
 * for granted what its state has. One that was `created` was never started, and is no part of the state. */
const stoppedStates = ["exited", "dead", "paused", "restarting"];

/** An agent's container that does not run. */
export interface StoppedAgent {
    readonly node: string;
    /** Name of the machine's declaration: the node's own, or that of the machine that all share. */
    readonly declared: string;
    readonly container: string;
    /** Docker's word. */
    readonly state: string;
    readonly exitCode: number;
    /** Why its engine did not start it; empty where it did not try. */
    readonly error: string;
    /** Whether the engine is to keep it running: not where its node is about to leave. */
    readonly isKept: boolean;
    /** Whether it is a secured cluster's. */
    readonly isSecured: boolean;
    readonly engine: EngineApi;
}

/** The agents' containers on a machine of this stack that do not run; none where its engine does not answer. */
export async function findStoppedAgents(
    { name: declared, generation }: Pick<DeclaredMachine, "name" | "generation">,
    machines: StackMachines,
): Promise<StoppedAgent[]> {
    const machine = machines.machine(declared);
    try {
        const record = await machine.record();
        // One that its next generation replaces is not asked to start anything.
        if (record?.state !== "made" || generationOf(record) !== generationOf({ generation })) {
            return [];
        }
        const engine = await machine.engine();
        const filters = {
            label: [`${ownerLabel}=${machines.owner}`, portsLabel],
            status: stoppedStates,
        };
        const query = encodeURIComponent(JSON.stringify(filters));
        const path = `/containers/json?all=true&filters=${query}`;
        const found = await engine.ask<readonly ContainerInfo[]>(path, { timeout });
        return (await Promise.all(found.map((one) => describe(engine, declared, one)))).flat();
    } catch {
        return [];
    }
}

async function describe(
    engine: EngineApi,
    declared: string,
    { Id, Labels }: ContainerInfo,
): Promise<StoppedAgent[]> {
    const inspected = await inspectContainer(engine, Id);
    if (inspected === undefined) {
        return [];
    }
    const { Name, State, HostConfig } = inspected;
    return [
        {
            node: Labels[nodeLabel] ?? declared,
            declared,
            container: Name.replace(/^\//, ""),
            state: State.Status,
            exitCode: State.ExitCode,
            error: State.Error,
            isKept: (HostConfig.RestartPolicy?.Name ?? "no") !== "no",
            isSecured: Labels[configLabel] !== undefined,
            engine,
        },
    ];
}

/** How containers are started. */
export interface StartAgentsOptions {
    readonly machines: StackMachines;
    /** Whether the agents are to be a secured cluster's. */
    readonly isSecured: boolean;
    /** Whether anything is started, or only reported. */
    readonly mayStart: boolean;
}

/**
 * Starts agents that did not start with their machine because its address came later. Those that were stopped in another
 * way are only reported: what they would find of their data, and of their cluster, is for the guards of a change to judge.
 *
 * @returns what the operator should know: what does not run, and does not start.
 */
export async function startStoppedAgents(
    stopped: readonly StoppedAgent[],
    options: StartAgentsOptions,
): Promise<string[]> {
    return (await Promise.all(stopped.map((one) => startOne(one, options)))).flat();
}

async function startOne(
    agent: StoppedAgent,
    { machines, isSecured, mayStart }: StartAgentsOptions,
): Promise<string[]> {
    const { node, container, engine } = agent;
    const seen = `${node}: its container "${container}" ${stateOf(agent)}`;
    const way = wayOut(agent, isSecured);
    if (way !== undefined) {
        return [`${seen}. ${way}`];
    }
    if (!mayStart) {
        return [`${seen}; \`pulumi up\` starts it.`];
    }
    void pulumi.log.info(`${seen}; starting it.`);
    try {
        await startContainer(engine, container);
        await sleep(settleMs);
        const now = await inspectContainer(engine, container);
        if (now?.State.Running !== true || now.State.Restarting) {
            return [
                `${node}: its container "${container}" was started, and has ended again (exit code ` +
                    `${now?.State.ExitCode ?? "unknown"}). Read its log: \`docker logs ${container}\` on its machine.`,
            ];
        }
    } catch (failure) {
        return [`${seen}, and does not start: ${describeError(failure)}. ${afterFailure(failure)}`];
    }
    return startsByItself(agent, machines);
}

function stateOf({ state, exitCode, error }: StoppedAgent): string {
    if (state === "paused" || state === "restarting") {
        return state === "paused" ? "is paused" : "ends as soon as it starts, again and again";
    }
    const why = isLateAddress(error)
        ? ": its machine did not have its address yet when Docker started"
        : error === ""
          ? ""
          : `: ${error}`;
    return `is stopped (exit code ${exitCode})${why}`;
}

/** What to do where it is not for this run to start it; undefined where it is. */
function wayOut(
    { node, container, state, error, isKept, isSecured }: StoppedAgent,
    isToBeSecured: boolean,
): string | undefined {
    if (state === "paused") {
        return `\`docker unpause ${container}\` on its machine.`;
    }
    if (state === "restarting") {
        return `Read its log: \`docker logs ${container}\` on its machine, or \`npm run logs ${node}\`.`;
    }
    if (isToBeSecured && !isSecured) {
        return "It is an open cluster's, and this one is to be secured: whoever stopped it, that goes on with it as it is.";
    }
    if (!isKept) {
        return "It has no restart policy any more, as one whose node leaves. If it is to stay, `pulumi up --refresh` puts that right.";
    }
    return isLateAddress(error)
        ? undefined
        : "Somebody stopped it, or it has ended: `pulumi up --refresh` starts it again, behind what guards its cluster.";
}

function afterFailure(failure: unknown): string {
    return isLateAddress(describeError(failure))
        ? "Its machine does not have the address of its ports now: give it back (`ip -4 addr` on the machine), then run " +
              "`pulumi up` again."
        : "See `docker inspect` on its machine; `pulumi up --refresh` makes it anew, on the same data.";
}

/** A machine on which that has happened once does it by itself from now on. */
async function startsByItself(
    { node, declared }: StoppedAgent,
    machines: StackMachines,
): Promise<string[]> {
    try {
        await layStarter(await machines.cli(), machines.machine(declared));
        void pulumi.log.info(
            `${node}: runs again; from now on the unit ${starterUnit} on its machine does this by itself.`,
        );
        return [];
    } catch (error) {
        return [
            `${node}: runs again. The unit ${starterUnit}, which would do this by itself, could not be laid down on its ` +
                `machine: ${describeError(error)}`,
        ];
    }
}
