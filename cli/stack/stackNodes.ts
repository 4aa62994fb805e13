import { z } from "zod";
import { alive, type ClusterHealth, type Member } from "../../scripts/consul/answers.ts";
import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { detectClientAt } from "../../scripts/consul/consulClient05.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { waitUntil } from "../../scripts/system/waitFor.ts";
import { isHttps, StackClients, type StackCluster } from "./stackClients.ts";

/** A program's exports by name. */
export type Outputs = Readonly<Record<string, unknown>>;

/** The nodes of a stack by name, as its program exports them. */
export const nodesSchema = z.record(
    z.string(),
    z.object({
        role: z.string(),
        address: z.string(),
        httpAddress: z.string(),
        machine: z.string(),
        /** Where machines reach its API, if this computer reaches it elsewhere. */
        peerHttpAddress: z.string().optional(),
    }),
);

const outputsSchema = z.object({
    /** Of a cluster whose servers serve one. */
    uiUrl: z.string().optional(),
    httpAddress: z.string(),
    nodes: nodesSchema,
    /** Of a cluster whose API demands one. */
    clientCertificate: z.string().optional(),
});

/** The nodes of a stack by name. */
export type DeclaredNodes = Readonly<z.infer<typeof nodesSchema>>;

/** A node as the stack made it. */
export type DeclaredNode = DeclaredNodes[string];

/** What the stack exports once it is up. */
export type StackOutputs = z.infer<typeof outputsSchema>;

/** Reads a stack's outputs; undefined where it has none, as before its first success. */
export function readOutputs(outputs: Outputs | undefined): StackOutputs | undefined {
    return outputsSchema.safeParse(outputs).data;
}

/** A node's state in the cluster; undefined is what the cluster did not answer. */
export interface NodeState {
    readonly isAlive: boolean | undefined;
    readonly isVoter: boolean | undefined;
    readonly isLeader: boolean | undefined;
}

/** The cluster's answers, as far as it gave any. */
export interface ClusterAnswers {
    readonly members: readonly Member[];
    readonly health: ClusterHealth | undefined;
    /** Why there is no answer, where there is none. */
    readonly failure: string | undefined;
}

/** Asks agents one after another until one answers for the cluster. */
export async function askCluster(agents: readonly ConsulClient[]): Promise<ClusterAnswers> {
    let failure = "there are no nodes";
    for (const agent of agents) {
        try {
            const members = await agent.members();
            const client = await withItsApi(agent);
            // Without a leader there is no health to report, but there are members.
            const health = await client.health().catch(() => undefined);
            return { members, health, failure: undefined };
        } catch (error) {
            failure = `${agent.httpAddress}: ${describeError(error)}`;
        }
    }
    return { members: [], health: undefined, failure };
}

/** A client for the version of an agent's API. No secured agent has an older one than today's. */
async function withItsApi(agent: ConsulClient): Promise<ConsulClient> {
    const { httpAddress } = agent;
    return isHttps(httpAddress) ? agent : detectClientAt(httpAddress);
}

/** Milliseconds until a server that was just started is a voter again: autopilot waits 10 s. */
const readyWithinMs = 30_000;

/**
 * Asks until the cluster is ready, or that takes too long; the last answers.
 *
 * @param access as in {@link StackCluster}.
 * @throws Error where it is secured and the rights to ask it are not on this computer.
 */
export async function askUntilReady(
    nodes: DeclaredNodes,
    access?: StackCluster["access"],
): Promise<ClusterAnswers> {
    const clients = await StackClients.of({ nodes, access });
    let answers: ClusterAnswers = { members: [], health: undefined, failure: undefined };
    const check = async () => {
        answers = await askCluster(clients.all());
        return isReady(nodes, answers);
    };
    await waitUntil(check, { limit: readyWithinMs, interval: 500 });
    return answers;
}

/** Whether every declared node is alive, every server votes, and one leads. */
export function isReady(nodes: DeclaredNodes, answers: ClusterAnswers): boolean {
    const states = Object.entries(nodes).map(([name, { role }]) => {
        const { isAlive, isVoter, isLeader } = stateOf(name, answers);
        return { isLeader, isHealthy: isAlive === true && (isVoter === true || role === "client") };
    });
    return (
        states.every(({ isHealthy }) => isHealthy) &&
        states.filter(({ isLeader }) => isLeader).length === 1
    );
}

/** A node's state, by the cluster's answers. */
export function stateOf(name: string, { members, health }: ClusterAnswers): NodeState {
    const member = members.find(({ Name }) => Name === name);
    const server = health?.Servers.find(({ Name }) => Name === name);
    return {
        isAlive: members.length === 0 ? undefined : member?.Status === alive,
        isVoter: health === undefined ? undefined : server?.Voter === true,
        isLeader: health === undefined ? undefined : server?.Leader === true,
    };
}

/** The header of the table of nodes. */
export const nodesHeader = ["node", "role", "address", "alive", "voter", "leader"] as const;

/** One row of the table of nodes; the last two cells are a server's only. */
export function nodeRow(
    name: string,
    { role, address }: DeclaredNode,
    { isAlive, isVoter, isLeader }: NodeState,
): string[] {
    const votes = role === "client" ? ["-", "-"] : [mark(isVoter), isLeader ? "leader" : ""];
    return [name, role, address, mark(isAlive), ...votes];
}

function mark(value: boolean | undefined): string {
    return value === undefined ? "?" : value ? "yes" : "no";
}
