import { progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import type { ConsulClient } from "./consulClient.ts";
import { ifSilent, lockedOut, type LockedOutError } from "./consulError.ts";

/** Milliseconds for another server to take over; a transferred leadership takes a fraction of a second. */
const transferLimit = 15_000;

/** Whether an agent responds, and be it that it does not let us in. */
export function responds(agent: ConsulClient): Promise<boolean> {
    return agent.self().then(
        () => true,
        (error: unknown) => lockedOut(error) !== undefined,
    );
}

/**
 * Whether any of these servers has been part of an election. None has after a first `up` that failed:
 * there is no cluster yet.
 *
 * @param ifUnreachable what a server counts as that does not respond.
 * @throws LockedOutError where none has, as far as they say, and one of them does not let us in.
 */
export async function hasFormed(
    servers: readonly ConsulClient[],
    ifUnreachable: boolean,
): Promise<boolean> {
    const asked = servers.map((server) =>
        server.hasRaftConfiguration().catch(ifSilent(ifUnreachable)),
    );
    const held = await Promise.allSettled(asked);
    if (held.some((answer) => valueOf(answer) === true)) {
        return true;
    }
    const lock = lockAmong(held);
    if (lock !== undefined) {
        throw lock;
    }
    return false;
}

/** The same, asked again while a server does not let us in. @throws Error when the limit, in milliseconds, is over. */
export async function waitUntilKnownFormed(
    servers: readonly ConsulClient[],
    limit: number,
): Promise<boolean> {
    let formed = false;
    const ask = async () => {
        formed = await hasFormed(servers, false);
        return undefined;
    };
    await waitFor(ask, { limit, onChange: progress });
    return formed;
}

function valueOf<T>(answer: PromiseSettledResult<T> | undefined): T | undefined {
    return answer?.status === "fulfilled" ? answer.value : undefined;
}

/** The first of these answers that is none because an agent does not let us in. */
function lockAmong(answers: readonly PromiseSettledResult<unknown>[]): LockedOutError | undefined {
    return answers
        .map((answer) => (answer.status === "rejected" ? lockedOut(answer.reason) : undefined))
        .find((lock) => lock !== undefined);
}

/**
 * One of these servers that knows a leader, waited for through an election.
 *
 * @param limit milliseconds to wait while servers answer without one.
 * @param isWorthWaiting asked with those servers.
 * @returns undefined where none answers, or it is not worth waiting.
 * @throws LockedOutError where none knows a leader, as far as they say, and one of them does not let us in.
 * @throws Error when the time is over.
 */
export async function findLedServer(
    servers: readonly ConsulClient[],
    limit: number,
    isWorthWaiting: (leaderless: readonly ConsulClient[]) => Promise<boolean>,
): Promise<ConsulClient | undefined> {
    const found: { server?: ConsulClient | undefined; lock?: LockedOutError | undefined } = {};
    const check = async () => {
        const leaders = await Promise.allSettled(servers.map((server) => server.leader()));
        const leaderless = servers.filter((_, index) => valueOf(leaders[index]) === "");
        found.server = servers.find((_, index) => (valueOf(leaders[index]) ?? "") !== "");
        found.lock = lockAmong(leaders);
        if (found.server !== undefined || leaderless.length === 0) {
            return undefined;
        }
        const isWaiting = await isWorthWaiting(leaderless).catch((error: unknown) => {
            found.lock ??= lockedOut(error);
            throw error;
        });
        return isWaiting ? "the cluster has no leader" : undefined;
    };
    await waitFor(check, { limit, interval: 500 }).catch((error: unknown) => {
        throw found.lock ?? error;
    });
    if (found.server === undefined && found.lock !== undefined) {
        throw found.lock;
    }
    return found.server;
}

/** Transfers leadership from the server that has it to another one. Where Consul cannot, it is lost when the
 * server stops, and the others elect. @throws Error when no other server takes over in time. */
export async function transferLeadership(leader: ConsulClient, nodeName: string): Promise<void> {
    if (!leader.offers.transfer) {
        progress(
            `${nodeName} leads, and cannot transfer leadership: the others elect once it stops`,
        );
        return;
    }
    progress(`${nodeName} transfers its leadership`);
    const before = await leader.leader();
    await leader.transferLeadership();
    await waitFor(
        async () => {
            const now = await leader.leader();
            return now === "" || now === before ? "no other server has taken over yet" : undefined;
        },
        { limit: transferLimit, interval: 50 },
    );
}

/**
 * Has another server lead, where the leader sees this one alive and yet does not replicate to it. A
 * leader that knew another server at this one's address, as where servers have swapped theirs, goes on
 * writing to that one as long as it leads.
 *
 * @param agent the server that is not brought up to date.
 * @returns whether leadership was transferred; it is not where no other server could lead.
 */
export async function replaceLeader(agent: ConsulClient): Promise<boolean> {
    if (!agent.offers.transfer) {
        return false;
    }
    const [{ Config }, { Servers }] = await Promise.all([agent.self(), agent.health()]);
    const own = Servers.find(({ ID }) => ID === Config.NodeID);
    const successor = Servers.find(
        ({ ID, Leader, Voter, Healthy }) => Voter && Healthy && !Leader && ID !== Config.NodeID,
    );
    if (own?.SerfStatus !== "alive" || own.Healthy || own.Leader || successor === undefined) {
        return false;
    }
    progress(`${successor.Name} is to lead, for the leader does not bring it up to date`);
    await agent.transferLeadership(successor.ID);
    return true;
}
