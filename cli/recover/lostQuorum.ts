import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { engineAnswers } from "../../scripts/machine/machineEngine.ts";
import type { ContainerRef } from "../../scripts/protocol/requests.ts";

/** A server of a cluster, and where its agent runs. */
export interface ServerPlace {
    readonly nodeName: string;
    /** Where its HTTP API answers, for example `http://10.0.0.11:8500`. */
    readonly httpAddress: string;
    /** Its agent's container. */
    readonly agent: ContainerRef;
}

/** A server that still has the cluster's data. */
export interface Survivor extends ServerPlace {
    /** Its node id. */
    readonly id: string;
    /** Its address in Raft's configuration, `ADDRESS:8300`. */
    readonly raftAddress: string;
}

/** A cluster without a quorum: who is left of it. */
export interface LostQuorum {
    readonly survivors: readonly Survivor[];
    /** Names of the servers that do not answer. */
    readonly lost: readonly string[];
}

/** What one server says of itself; undefined where it does not answer. */
interface Account {
    readonly place: ServerPlace;
    readonly leader: string;
    readonly survivor: Survivor | undefined;
    /** Number of voters in the Raft configuration that it holds. */
    readonly voters: number;
}

/** Milliseconds that the engine of a machine may take to answer. */
const patience = 5000;

/** One server in the configuration that an agent tells among its figures. */
const peerPattern = /Suffrage:(\w+) ID:([\w-]+) Address:([^\s}]+)/g;

/**
 * Finds out whether a cluster has lost its quorum for good, and who is left.
 *
 * @param without names of servers that are given up although their machines still answer.
 * @throws Error where there is nothing to recover, or a server that could still be brought back:
 *     what is recovered without it goes on without what it alone knows.
 */
export async function findLostQuorum(
    servers: readonly ServerPlace[],
    without: readonly string[] = [],
): Promise<LostQuorum> {
    const accounts = await Promise.all(servers.map(accountOf));
    const led = accounts.find((account) => (account?.leader ?? "") !== "");
    if (led !== undefined) {
        throw new Error(
            `${led.place.nodeName} knows a leader: the cluster has its quorum. A single server ` +
                "that is lost is replaced as docs/replace.md says.",
        );
    }
    const left = accounts.filter((account) => account !== undefined);
    const survivors = left.flatMap(({ survivor }) => (survivor === undefined ? [] : [survivor]));
    const voters = Math.max(1, ...left.map((account) => account.voters));
    const quorum = Math.floor(voters / 2) + 1;
    if (survivors.length >= quorum) {
        throw new Error(
            `${survivors.length} of ${voters} voters answer, and ${quorum} are a quorum: they ` +
                "will elect a leader as soon as they reach one another. `npm run doctor` tells " +
                "what keeps them from it.",
        );
    }
    const lost = servers.filter((_, index) => accounts[index]?.survivor === undefined);
    await refuseLiving(lost, without);
    if (survivors.length === 0) {
        throw new Error(
            `None of ${namesOf(servers).join(", ")} answers with the cluster's data. Make the ` +
                "cluster anew and restore a snapshot: docs/restore.md.",
        );
    }
    return { survivors, lost: namesOf(lost) };
}

async function accountOf(place: ServerPlace): Promise<Account | undefined> {
    const agent = new ConsulClient(place.httpAddress);
    try {
        const [{ Config, Stats }, leader] = await Promise.all([agent.self(), agent.leader()]);
        if (Config.NodeName !== place.nodeName) {
            return undefined;
        }
        const peers = [...(Stats.raft?.latest_configuration ?? "").matchAll(peerPattern)];
        const own = peers.find(([, , id]) => id === Config.NodeID);
        const raftAddress = own?.[3];
        return {
            place,
            leader,
            survivor:
                raftAddress === undefined
                    ? undefined
                    : { ...place, id: Config.NodeID, raftAddress },
            voters: peers.filter(([, suffrage]) => suffrage === "Voter").length,
        };
    } catch {
        return undefined;
    }
}

/** A machine that answers has an agent that can be started again, with data that may be newer. */
async function refuseLiving(
    lost: readonly ServerPlace[],
    without: readonly string[],
): Promise<void> {
    const unsaid = lost.filter(({ nodeName }) => !without.includes(nodeName));
    const living = await Promise.all(
        unsaid.map(async (place) => {
            const { store, machine } = place.agent;
            return (await engineAnswers(store, machine, patience)) && place;
        }),
    );
    const names = namesOf(living.filter((place) => place !== false));
    if (names.length > 0) {
        throw new Error(
            `${names.join(", ")}: the machine answers, its agent does not take part. Start that ` +
                "agent first, for its data may be newer; or, if it is to be given up with its " +
                `data, add \`--without ${names.join(" --without ")}\`.`,
        );
    }
}

function namesOf(servers: readonly ServerPlace[]): string[] {
    return servers.map(({ nodeName }) => nodeName);
}
