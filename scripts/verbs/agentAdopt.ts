import type { ContainerInspectInfo } from "dockerode";
import type { ConsulClient } from "../consul/consulClient.ts";
import { adoptionProblems, readForeignAgent, type ForeignAgent } from "../consul/foreignAgent.ts";
import { transferLeadership } from "../consul/leadership.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import { inspectContainer, startContainer, stopContainer } from "../docker/container.ts";
import type { EngineApi } from "../docker/engineApi.ts";
import { othersAdopting } from "../machine/adoptingHosts.ts";
import { Machine } from "../machine/machine.ts";
import { findForeign, isForeign, nameOf, removeContainer } from "../node/adoptedContainer.ts";
import {
    assertPlainPath,
    dataPlace,
    findVolume,
    isOwned,
    removeVolume,
    type DataPlace,
} from "../node/adoptedData.ts";
import { answerLimit, strangerProblem } from "../node/agentGate.ts";
import { bringBack, setAside } from "../node/setAside.ts";
import { adoptedName, asideName, type AdoptRequest } from "../protocol/adoption.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import { alone, spareProblem } from "./adoptedHost.ts";

/** Seconds that an agent may take to stop before its engine kills it. */
const stopSeconds = 30;

/** Milliseconds for all servers to be healthy before one is stopped. */
const healthyLimit = 240_000;

/** Milliseconds for all hosts to be machines, one after another. */
const hostsLimit = 30 * 60_000;

/**
 * Has a node take the place of an agent that somebody made by hand, before its own volume is declared: checks that it is
 * the node's, waits until the cluster can do without it, takes a snapshot, transfers leadership, stops it, and copies its
 * data into a volume that is the one to be declared. Its data stay where they are, and it stays as a container that can be
 * started, until the node is ready.
 *
 * How far it came is told by the containers' names, so that it goes on after an interruption, and does nothing where
 * all is done, or nothing of the kind is there any more. Where somebody has started what was set aside, that is the agent
 * now, with data that the copy does not have: it is taken over like the first time.
 *
 * @throws Error where it cannot be adopted, or anything fails on the way: then it runs again, or the message says how
 *     it is started.
 */
export async function adoptAgent(request: AdoptRequest): Promise<string> {
    const { agent, nodeName, container, volume, owner } = request;
    const engine = await Machine.of(agent).engine();
    const { first, aside, wentBack } = await findForeign(engine, request);
    if (wentBack !== undefined) {
        progress(
            `${nodeName}: its container "${nameOf(wentBack)}" was started since its adoption was interrupted; it is taken over anew`,
        );
    }
    const found = first ?? wentBack;
    if (found !== undefined) {
        await untilHostsAreMade(request);
        await alone(Machine.of(agent), () => takeOver(request, engine, found));
        return "adopted";
    }
    if (aside !== undefined) {
        progress(`${nodeName}: an interrupted adoption goes on`);
        await bringBack(request, engine);
        return "adopted";
    }
    // Done before; or the node has got another host since.
    const data = await findVolume(engine, volume);
    if (data === undefined || isOwned(data, owner)) {
        return "adopted";
    }
    throw new Error(
        `${nodeName}: its host has no container "${container}" to adopt, and data on a volume "${volume}" that no stack ` +
            "of this program made. Name the container that has them (setting `adopt`).",
    );
}

/**
 * Removes an adopted container, once the node that took its place is ready. Its own volume or folder stays, for whoever
 * made it.
 */
export async function forgetAdopted(request: AdoptRequest): Promise<string> {
    const { agent, nodeName, container, volume } = request;
    const engine = await Machine.of(agent).engine();
    const name = adoptedName(container);
    const found = await inspectContainer(engine, name);
    if (found === undefined || !isForeign(found)) {
        return "none";
    }
    await removeContainer(engine, name);
    const staging = asideName(volume);
    if ((await findVolume(engine, staging)) !== undefined) {
        await removeVolume(engine, staging);
        progress(`${nodeName} is adopted, with all data on its volume "${volume}"`);
        return "forgotten";
    }
    const left = found.Mounts.map(({ Type, Name, Source }) =>
        Type === "volume" ? `the volume "${Name ?? ""}"` : `the folder ${Source}`,
    );
    progress(
        `${nodeName} is adopted, and its container of before removed. What that had is left as it was, and no longer used: ` +
            left.join(", "),
    );
    return "forgotten";
}

async function takeOver(
    request: AdoptRequest,
    engine: EngineApi,
    found: ContainerInspectInfo,
): Promise<void> {
    const { nodeName, role, httpAddress, access, snapshots } = request;
    const container = nameOf(found);
    if (access !== undefined) {
        throw new Error(
            `${nodeName}: the container "${container}" is an open cluster's, and only as that it can be adopted. Set ` +
                '"security" to "open", run `pulumi up`, and secure the cluster then.',
        );
    }
    const client = (await ClusterClients.of({})).at(nodeName, httpAddress);
    if (!found.State.Running) {
        // An interrupted run may have stopped it; and of one that does not run nobody knows whose it is.
        progress(`${nodeName}: its container "${container}" is stopped; starting it`);
        await startContainer(engine, container);
    }
    const foreign = await examine({ ...request, container }, client);
    const place = dataPlace(found, foreign.dataDirectory);
    if (place === undefined) {
        throw new Error(
            `${nodeName}: its container "${container}" has its data in itself (${foreign.dataDirectory}), not on a volume ` +
                "or in a folder of its host. Nothing was touched. Copy them to a volume (`docker cp`), and run it with that.",
        );
    }
    assertStays(nodeName, found, place);
    await waitFor(() => spareProblem(client, request), {
        limit: healthyLimit,
        onChange: progress,
    }).catch((error: unknown) => {
        throw new Error(`${nodeName}: it is not adopted now ${describeError(error)}`, {
            cause: error,
        });
    });
    if (role === "server") {
        await prepareServer(nodeName, client, snapshots);
    }
    progress(`${nodeName}: its container "${container}" stops; its data are taken over`);
    await stopContainer(engine, container, stopSeconds);
    await setAside(request, engine, { found, place, nodeId: foreign.nodeId });
}

/** What would be lost by a stop, or could not be copied, is left as it is. */
function assertStays(nodeName: string, { HostConfig }: ContainerInspectInfo, { path }: DataPlace) {
    if (HostConfig.AutoRemove === true) {
        throw new Error(
            `${nodeName}: its container is removed when it stops (--rm). Nothing was touched. Run it without, on a volume.`,
        );
    }
    assertPlainPath(path);
}

/** Waits until no host of the cluster is made a machine any more: that restarts the agents there. */
async function untilHostsAreMade({ agent, nodeName }: AdoptRequest): Promise<void> {
    const machine = Machine.of(agent);
    const making = async () => {
        const others = await othersAdopting(machine);
        return others.length === 0 ? undefined : `${others.join(", ")}: being made machines`;
    };
    await waitFor(making, { limit: hostsLimit, interval: 500, onChange: progress }).catch(
        (error: unknown) => {
            throw new Error(
                `${nodeName}: it is not adopted before all hosts are machines, ${describeError(error)}. If no other run is ` +
                    `under way, remove the folder ${machine.layout.adopting}, and run \`pulumi up\` again.`,
                { cause: error },
            );
        },
    );
}

/** Whose agent it is. */
async function examine(request: AdoptRequest, client: ConsulClient): Promise<ForeignAgent> {
    const { nodeName, container } = request;
    await waitFor(() => strangerProblem(client, nodeName), {
        limit: answerLimit,
        onChange: progress,
    }).catch((error: unknown) => {
        throw new Error(
            `${nodeName}: its container "${container}" is not adopted: its agent at ${request.httpAddress} ` +
                `does not answer as this node ${describeError(error)}`,
            { cause: error },
        );
    });
    const foreign = readForeignAgent(await client.self());
    const problems = adoptionProblems(foreign, request).map(({ seen, way }) => `${seen}. ${way}`);
    if (problems.length > 0) {
        throw new Error(
            `${nodeName}: its container "${container}" is not adopted, and nothing was touched:\n  ${problems.join("\n  ")}`,
        );
    }
    return foreign;
}

async function prepareServer(
    nodeName: string,
    client: ConsulClient,
    snapshots: AdoptRequest["snapshots"],
): Promise<void> {
    if (snapshots !== undefined) {
        progress(`snapshot: ${await takeSnapshot(client, snapshots)}`);
    }
    const { Servers } = await client.health();
    if (Servers.length > 1 && Servers.some(({ Name, Leader }) => Name === nodeName && Leader)) {
        await transferLeadership(client, nodeName);
    }
}
