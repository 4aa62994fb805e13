import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { ifSilent } from "../../scripts/consul/consulError.ts";
import { Machine } from "../../scripts/machine/machine.ts";
import type { MembershipRequest } from "../../scripts/protocol/requests.ts";

/** A server of a cluster, and where its agent runs. */
export interface ServerPlace extends Pick<MembershipRequest, "nodeName" | "agent"> {
    /** Asks its agent. */
    readonly client: ConsulClient;
}

/** A server that still has the cluster's data. */
export interface Survivor extends ServerPlace {
    /** Its node id. */
    readonly id: string;
    /** Its address in Raft's configuration, `ADDRESS:8300`. */
    readonly raftAddress: string;
}

/** A cluster without a quorum. */
export interface LostQuorum {
    readonly survivors: readonly Survivor[];
    /** Names of the other servers. */
    readonly lost: readonly string[];
}

/** What one server that responds reports of itself. */
interface Account {
    readonly nodeName: string;
    readonly leader: string;
    /** Undefined where it has no data. */
    readonly survivor: Survivor | undefined;
    /** Number of voters in the Raft configuration that it holds. */
    readonly voters: number;
}

/** Milliseconds that the engine of a machine may take to answer. */
const engineTimeoutMs = 5000;

/** One server in the Raft configuration among an agent's figures. */
const peerPattern = /Suffrage:(\w+) ID:([\w-]+) Address:([^\s}]+)/g;

/**
 * Finds the remaining servers of a cluster that has lost its quorum for good.
 *
 * @param without names of servers that are abandoned although their machines still answer.
 * @throws Error where there is nothing to recover, or a server could still be brought back: what only it
 *     knows would be lost.
 */
export async function findLostQuorum(
    servers: readonly ServerPlace[],
    without: readonly string[] = [],
): Promise<LostQuorum> {
    const accounts = await Promise.all(servers.map(accountOf));
    const led = accounts.find((account) => (account?.leader ?? "") !== "");
    if (led !== undefined) {
        throw new Error(
            `${led.nodeName} knows a leader: the cluster has its quorum. A single lost server is ` +
                "replaced as docs/replace.md describes.",
        );
    }
    const left = accounts.filter((account) => account !== undefined);
    const survivors = left.flatMap(({ survivor }) => (survivor === undefined ? [] : [survivor]));
    const voters = Math.max(1, ...left.map((account) => account.voters));
    const quorum = Math.floor(voters / 2) + 1;
    if (survivors.length >= quorum) {
        throw new Error(
            `${survivors.length} of ${voters} voters answer, and ${quorum} are a quorum: they ` +
                "elect a leader as soon as they reach one another. `npm run doctor` tells what " +
                "prevents it.",
        );
    }
    const lost = servers.filter((_, index) => accounts[index]?.survivor === undefined);
    await refuseLiving(lost, without);
    if (survivors.length === 0) {
        throw new Error(
            `None of ${namesOf(servers).join(", ")} answers with the cluster's data. Make a new ` +
                "cluster and restore a snapshot: docs/restore.md.",
        );
    }
    return { survivors, lost: namesOf(lost) };
}

async function accountOf(place: ServerPlace): Promise<Account | undefined> {
    const { nodeName, client } = place;
    try {
        const [{ Config, Stats }, leader] = await Promise.all([client.self(), client.leader()]);
        if (Config.NodeName !== nodeName) {
            return undefined;
        }
        const peers = [...(Stats.raft?.latest_configuration ?? "").matchAll(peerPattern)];
        const id = Config.NodeID;
        const raftAddress = peers.find(([, , peer]) => peer === id)?.[3];
        const survivor = raftAddress === undefined ? undefined : { ...place, id, raftAddress };
        const voters = peers.filter(([, suffrage]) => suffrage === "Voter").length;
        return { nodeName, leader, survivor, voters };
    } catch (error) {
        // One that does not let us in has data: it is not to be given up.
        return ifSilent<Account | undefined>(undefined)(error);
    }
}

/** A machine that answers has an agent that can be started again, with data that may be newer. */
async function refuseLiving(
    lost: readonly ServerPlace[],
    without: readonly string[],
): Promise<void> {
    const others = lost.filter(({ nodeName }) => !without.includes(nodeName));
    const answer = await Promise.all(
        others.map(({ agent }) => Machine.of(agent).engineAnswers(engineTimeoutMs)),
    );
    const names = namesOf(others.filter((_, index) => answer[index]));
    if (names.length > 0) {
        throw new Error(
            `${names.join(", ")}: the machine answers, its agent does not take part. Start that ` +
                "agent first, because its data may be newer; or, to abandon it with its data, add " +
                `\`--without ${names.join(" --without ")}\`.`,
        );
    }
}

function namesOf(servers: readonly ServerPlace[]): string[] {
    return servers.map(({ nodeName }) => nodeName);
}
