import type { OutputMap } from "@pulumi/pulumi/automation/index.js";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { detectClientAt } from "../../scripts/consul/clientAt.ts";
import { alive, type ClusterHealth, type Member } from "../../scripts/consul/consulClient.ts";
import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { messageOf } from "../tools/obtain.ts";

const nodeSchema = z.object({
    role: z.string(),
    address: z.string(),
    httpAddress: z.string(),
    machine: z.string(),
});

const outputsSchema = z.object({
    uiUrl: z.string(),
    httpAddress: z.string(),
    nodes: z.record(z.string(), nodeSchema),
});

/** A node as the stack made it. */
export type DeclaredNode = z.infer<typeof nodeSchema>;

/** What the stack says about itself once it is up. */
export type StackOutputs = z.infer<typeof outputsSchema>;

/** Reads a stack's outputs; undefined where it has none, as before its first success. */
export function readOutputs(outputs: OutputMap): StackOutputs | undefined {
    const values = Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]);
    return outputsSchema.safeParse(Object.fromEntries(values)).data;
}

/** What the cluster says about one of its nodes; undefined is what it would not say. */
export interface NodeStanding {
    readonly isAlive: boolean | undefined;
    readonly isVoter: boolean | undefined;
    readonly isLeader: boolean | undefined;
    /** The address by which the others know it. */
    readonly advertised: string | undefined;
}

/** The cluster's answers, as far as it gave any. */
export interface ClusterAnswers {
    readonly members: readonly Member[];
    readonly health: ClusterHealth | undefined;
    /** Why there is no answer, where there is none. */
    readonly silence: string | undefined;
}

/** Asks the nodes one after another until one answers for the cluster. */
export async function askCluster(nodes: readonly DeclaredNode[]): Promise<ClusterAnswers> {
    let silence = "there are no nodes";
    for (const { httpAddress } of nodes) {
        try {
            const members = await new ConsulClient(httpAddress).members();
            // Without a leader there is no answer to this, and that is one too.
            const api = await detectClientAt(httpAddress);
            const health = await api.health().catch(() => undefined);
            return { members, health, silence: undefined };
        } catch (error) {
            silence = `${httpAddress}: ${messageOf(error)}`;
        }
    }
    return { members: [], health: undefined, silence };
}

/** How long a server that was just started may take to be a voter again: autopilot waits 10 s. */
const wholeWithinMs = 30_000;

/** Asks until every node is alive, every server a voter, and one leads; or until that takes long. */
export async function askUntilWhole(
    nodes: Readonly<Record<string, DeclaredNode>>,
): Promise<ClusterAnswers> {
    const deadline = Date.now() + wholeWithinMs;
    for (;;) {
        const answers = await askCluster(Object.values(nodes));
        if (isWhole(nodes, answers) || Date.now() > deadline) {
            return answers;
        }
        await sleep(500);
    }
}

/** Whether the cluster is as its stack declares it. */
export function isWhole(
    nodes: Readonly<Record<string, DeclaredNode>>,
    answers: ClusterAnswers,
): boolean {
    const standings = Object.entries(nodes).map(([name, { role }]) => {
        const { isAlive, isVoter, isLeader } = standingOf(name, answers);
        return { isLeader, isWell: isAlive === true && (isVoter === true || role === "client") };
    });
    return (
        standings.every(({ isWell }) => isWell) &&
        standings.filter(({ isLeader }) => isLeader).length === 1
    );
}

/** Where a node stands, as the cluster's answers have it. */
export function standingOf(name: string, { members, health }: ClusterAnswers): NodeStanding {
    const member = members.find(({ Name }) => Name === name);
    const server = health?.Servers?.find(({ Name }) => Name === name);
    return {
        isAlive: members.length === 0 ? undefined : member?.Status === alive,
        isVoter: health === undefined ? undefined : server?.Voter === true,
        isLeader: health === undefined ? undefined : server?.Leader === true,
        advertised: member?.Addr,
    };
}

/** The header of the table of nodes. */
export const nodesHeader = ["node", "role", "address", "alive", "voter", "leader"] as const;

/** One row of the table of nodes; a client votes for nobody, so it has no mark there. */
export function nodeRow(
    name: string,
    { role, address }: DeclaredNode,
    { isAlive, isVoter, isLeader }: NodeStanding,
): string[] {
    const votes = role === "client" ? ["-", "-"] : [mark(isVoter), isLeader ? "leader" : ""];
    return [name, role, address, mark(isAlive), ...votes];
}

function mark(value: boolean | undefined): string {
    return value === undefined ? "?" : value ? "yes" : "no";
}
