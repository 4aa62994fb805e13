import type { ContainerInspectInfo } from "dockerode";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { table } from "../show/table.ts";
import { clientsOf } from "../stack/clusterAccess.ts";
import {
    askCluster,
    isReady,
    nodeRow,
    nodesHeader,
    stateOf,
    type ClusterAnswers,
} from "../stack/stackNodes.ts";
import { isSecured } from "../stack/stackClients.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import type { StatusAnswer } from "./answers.ts";
import { openedCluster, print, type OpenedCluster, type Verb } from "./verb.ts";

/** Milliseconds that a machine's engine may take to say how a container is. */
const engineMs = 3000;

/** Says which nodes there are, and how the cluster has them. */
export const status: Verb = async (call) => {
    const opened = await openedCluster(call);
    const answer = await statusOf(opened);
    print(call, answer, statusText(answer));
    process.exitCode = answer.isReady ? exitCodes.done : exitCodes.unwell;
};

/** How a cluster is. What does not answer is not known, and no failure. */
export async function statusOf({
    stack,
    cluster,
}: Pick<OpenedCluster, "stack" | "cluster">): Promise<StatusAnswer> {
    const [answers, containers] = await Promise.all([answersOf(cluster), containersOf(cluster)]);
    const { health, failure } = answers;
    const { nodes } = cluster;
    return {
        project: stack.project,
        stack: stack.stack,
        cluster: cluster.name,
        datacenter: cluster.datacenter ?? null,
        security: cluster.access !== undefined || isSecured(nodes) ? "full" : "open",
        image: cluster.image ?? null,
        uiUrl: cluster.uiUrl ?? null,
        httpAddress: cluster.httpAddress ?? null,
        dnsAddress: cluster.dnsAddress ?? null,
        isReady: isWhole(cluster, answers),
        leader: health?.Servers.find(({ Leader }) => Leader)?.Name ?? null,
        failureTolerance: health?.FailureTolerance ?? null,
        failure: failure ?? null,
        nodes: Object.entries(nodes).map(([name, node]) => {
            const { isAlive, isVoter, isLeader } = stateOf(name, answers);
            return {
                name,
                ...node,
                role: node.role === "server" ? "server" : "client",
                isAlive: isAlive ?? null,
                isVoter: isVoter ?? null,
                isLeader: isLeader ?? null,
                container: containers.get(name) ?? null,
            };
        }),
    };
}

async function answersOf(cluster: StateCluster): Promise<ClusterAnswers> {
    try {
        return await askCluster((await clientsOf(cluster)).all());
    } catch (error) {
        return { members: [], health: undefined, failure: describeError(error) };
    }
}

/** As for a start; of client agents that join another stack's cluster its leader is not among the nodes. */
function isWhole({ nodes }: StateCluster, answers: ClusterAnswers): boolean {
    const all = Object.values(nodes);
    if (all.some(({ role }) => role === "server")) {
        return isReady(nodes, answers);
    }
    const isLed = answers.health?.Servers.some(({ Leader }) => Leader) === true;
    return isLed && Object.keys(nodes).every((name) => stateOf(name, answers).isAlive === true);
}

/** The engine's word for each node's container, as far as it answers. */
async function containersOf({ containers }: StateCluster): Promise<ReadonlyMap<string, string>> {
    const states = containers.map(async ({ node, name, engine }) => {
        if (node === undefined || engine === undefined) {
            return [];
        }
        const path = `/containers/${encodeURIComponent(name)}/json`;
        try {
            const api = new EngineApi({ ...engine });
            const found = await within(engineMs, api.find<ContainerInspectInfo>(path));
            return [[node, found?.State.Status ?? "missing"] as const];
        } catch {
            return [];
        }
    });
    return new Map((await Promise.all(states)).flat());
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, failed) => {
        timer = setTimeout(() => {
            failed(new Error(`no answer within ${milliseconds / 1000} s`));
        }, milliseconds);
    });
    try {
        return await Promise.race([work, late]);
    } finally {
        clearTimeout(timer);
    }
}

/** The same for people: the table that `start` ends with. */
export function statusText(answer: StatusAnswer): string {
    const rows = answer.nodes.map((node) => [
        ...nodeRow(node.name, node, {
            isAlive: node.isAlive ?? undefined,
            isVoter: node.isVoter ?? undefined,
            isLeader: node.isLeader ?? undefined,
        }),
        node.container ?? "?",
    ]);
    const { failure, failureTolerance, uiUrl } = answer;
    return [
        `${answer.project}/${answer.stack}, cluster ${answer.cluster}${answer.security === "open" ? ", open" : ""}:`,
        "",
        table([...nodesHeader, "container"], rows),
        "",
        failure === null ? readyLine(answer) : `No agent answers for the cluster: ${failure}`,
        ...(failureTolerance === null
            ? []
            : [`Servers that may fail before it stops: ${failureTolerance}`]),
        ...(uiUrl === null ? [] : [`Consul's UI: ${uiUrl}`]),
    ].join("\n");
}

function readyLine({ isReady: ready, leader }: StatusAnswer): string {
    if (ready) {
        return `Ready${leader === null ? "" : `, led by ${leader}`}.`;
    }
    return leader === null
        ? "It has no leader: `npm run doctor` tells why."
        : `Not as it should be, led by ${leader}: \`npm run doctor\` tells what is wrong.`;
}
