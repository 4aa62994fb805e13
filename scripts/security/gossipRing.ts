import { listKeyring, type Keyring } from "../consul/consulAcl.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import type { Rotation } from "../protocol/security.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import { gossipKeyOf, type AccessFile } from "./accessFile.ts";

/** Milliseconds for a cluster to say its keys: a member that has just ended is waited for until the others notice. */
const listLimit = 20_000;

/**
 * The gossip keys with which a new agent finds the others, the one in use first: those that they have, in whatever
 * state of a rotation; where there is no cluster yet, or none answers, the declared one.
 *
 * @param servers the other servers.
 * @param rotation which key is declared.
 */
export async function gossipRing(
    servers: readonly ConsulClient[],
    access: AccessFile,
    rotation: Rotation,
): Promise<readonly string[]> {
    const formed = await Promise.all(
        servers.map(async (server) => {
            const isPart = await server.hasRaftConfiguration().catch(() => false);
            return isPart ? [server] : [];
        }),
    );
    const asked = formed.flat();
    const found = asked.length === 0 ? undefined : await listedRing(asked);
    return found ?? derivedRing(access, rotation);
}

/** The keys that the first of these servers to answer names; undefined where none does. */
async function listedRing(
    servers: readonly ConsulClient[],
): Promise<readonly string[] | undefined> {
    let ring: readonly string[] = [];
    const list = async () => {
        ring = ringOf(await Promise.any(servers.map((server) => listKeyring(server))));
        return ring.length === 0 ? "it names no key" : undefined;
    };
    try {
        await waitFor(list, { limit: listLimit, interval: 500 });
        return ring;
    } catch (error) {
        progress(`the cluster does not say its gossip keys ${describeError(error)}`);
        return undefined;
    }
}

/** The keys of a pool: the one that most members use, then those that most have. */
function ringOf({ keys, primaryKeys }: Keyring): string[] {
    const rank = (key: string) => [primaryKeys[key] ?? 0, keys[key] ?? 0] as const;
    return Object.keys(keys).sort((a, b) => {
        const [usedA, hadA] = rank(a);
        const [usedB, hadB] = rank(b);
        return usedB - usedA || hadB - hadA;
    });
}

/** The declared key, behind those of before that agents may still use: an agent hears whoever has one of its keys, and
 * is heard by whoever has its first one. */
function derivedRing(access: AccessFile, rotation: Rotation): string[] {
    const { earlier = [], joined } = access;
    if (joined !== undefined) {
        return [joined.gossipKey];
    }
    const origins = [...[...earlier].reverse(), { ...access, rotation }];
    return [...new Set(origins.map(gossipKeyOf))];
}
