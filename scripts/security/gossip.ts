import {
    changeKeyring,
    listKeyring,
    type Keyring,
    type KeyringChange,
} from "../consul/consulAcl.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import { livingMembers } from "./members.ts";

/** Milliseconds for all declared nodes to be alive and to have answered: one that has just ended is noticed within
 * some seconds, one that was repaired is back in a fraction of one. */
const wholeLimit = 20_000;

/** How often one change is tried, where a member fails to make it and is alive all the same. */
const attempts = 3;

/** The members of one gossip pool whose key changes. */
export interface GossipPool {
    /** An agent whose cluster has a leader. */
    readonly consul: ConsulClient;
    /** The nodes that must have the key, by name. */
    readonly declared: readonly string[];
    /**
     * Gives a node that the others do not hear these keys, the one in use first, and starts its agent again.
     *
     * @returns whether that was possible: not of a node whose machine does not answer.
     */
    readonly repair: (node: string, keys: readonly string[]) => Promise<boolean>;
    /** Asked before each step, besides. @throws Error where a member that is not declared would be cut off.
     * @default there are no others */
    readonly mayChange?: () => Promise<void>;
}

/** One step towards a pool that has one key. */
export interface KeyStep {
    readonly change: KeyringChange;
    readonly key: string;
}

/** What is to be done next, so that all members have this key and no other; undefined once they have. */
export function nextStep({ keys, primaryKeys, nodes }: Keyring, key: string): KeyStep | undefined {
    if ((keys[key] ?? 0) < nodes) {
        return { change: "install", key };
    }
    if ((primaryKeys[key] ?? 0) < nodes) {
        return { change: "use", key };
    }
    const other = Object.keys(keys).find((one) => one !== key);
    return other === undefined ? undefined : { change: "remove", key: other };
}

/**
 * Has all members of a gossip pool use one key, and forget every other, while they run.
 *
 * An agent's answer counts the members that are alive at that moment, and says nothing of one that is away: that one
 * would be cut off for ever, once the key that it knows is gone. So before each step all declared nodes must be alive,
 * and all members must have made the one before. Where a step was interrupted is seen from the keys themselves.
 *
 * A node whose machine does not answer blocks nothing where all others have this key alone already: no key is gone that
 * it may need.
 *
 * @throws Error naming the nodes that are away; the keys remain as they are then, and the pool works.
 */
export async function rotateGossipKey(given: GossipPool, key: string): Promise<void> {
    const pool = { ...given, declared: await neededNodes(given, key) };
    const done: Record<string, number> = {};
    let failure = "";
    for (;;) {
        const step = nextStep(await wholeKeyring(pool, key), key);
        if (step === undefined) {
            return;
        }
        const name = `${step.change} ${step.key}`;
        done[name] = (done[name] ?? 0) + 1;
        if (done[name] > attempts) {
            throw new Error(`a gossip key could not be changed (${step.change}): ${failure}`);
        }
        await pool.mayChange?.();
        progress(`gossip: ${descriptions[step.change]}`);
        // It is done all the same on those that did not fail; what is missing is seen next.
        await changeKeyring(pool.consul, step.change, step.key).catch((error: unknown) => {
            failure = describeError(error);
        });
    }
}

/** The declared nodes without those that are away and cannot be repaired, where there is nothing to change. */
async function neededNodes(pool: GossipPool, key: string): Promise<readonly string[]> {
    const { consul, declared } = pool;
    const living = await livingMembers(consul);
    // While a member that has just ended counts as alive, its answer is missing: that passes.
    const keyring = await listKeyring(consul).catch(() => undefined);
    const away = declared.filter((node) => !living.has(node));
    const isSettled = keyring?.nodes === living.size && nextStep(keyring, key) === undefined;
    if (away.length === 0 || !isSettled) {
        return declared;
    }
    const repaired = await repairAll(pool, away, key);
    const left = away.filter((node) => !repaired.includes(node));
    if (left.length > 0) {
        progress(`gossip: ${left.join(", ")} cannot be reached; all others have the key`);
    }
    return declared.filter((node) => !left.includes(node));
}

const descriptions = {
    install: "all nodes learn the new key",
    use: "all nodes encrypt with the new key",
    remove: "all nodes forget a key of before",
} as const;

/**
 * The keys of all members, once all declared nodes are among them. A node that is not heard is repaired once.
 *
 * @param key the one that is declared, for a node that is repaired.
 * @throws Error naming the nodes that are away.
 */
export async function wholeKeyring(pool: GossipPool, key: string): Promise<Keyring> {
    const { consul } = pool;
    const repaired = new Set<string>();
    const found: { keyring?: Keyring } = {};
    const check = async () => {
        const living = await livingMembers(consul);
        const away = pool.declared.filter((node) => !living.has(node));
        if (away.length > 0) {
            await repairAll(
                pool,
                away.filter((node) => !repaired.has(node)),
                key,
            );
            away.forEach((node) => repaired.add(node));
            return (
                `${away.join(", ")} ${away.length === 1 ? "is" : "are"} away, and would be cut off by a change of the ` +
                "gossip key. The key before is still valid. Bring it back, or declare it no more; then run this again."
            );
        }
        const keyring = await listKeyring(consul);
        found.keyring = keyring;
        return keyring.nodes === living.size
            ? undefined
            : `${keyring.nodes} of ${living.size} members have said which gossip keys they have`;
    };
    await waitFor(check, { limit: wholeLimit, interval: 300 });
    if (found.keyring === undefined) {
        throw new Error("no member has said which gossip keys it has");
    }
    return found.keyring;
}

/** @returns those that could be repaired. */
async function repairAll(
    pool: GossipPool,
    nodes: readonly string[],
    key: string,
): Promise<readonly string[]> {
    if (nodes.length === 0) {
        return [];
    }
    const { keys, primaryKeys } = await listKeyring(pool.consul);
    const first = Object.keys(primaryKeys);
    const ring = [...new Set([...first, ...Object.keys(keys), key])];
    const repaired: string[] = [];
    for (const node of nodes) {
        if (await pool.repair(node, ring)) {
            progress(`${node} was not heard by the others: it has their gossip keys now`);
            repaired.push(node);
        }
    }
    return repaired;
}
