import { tokenOf } from "../consul/consulAcl.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { transferLeadership } from "../consul/leadership.ts";
import { waitFor } from "../system/waitFor.ts";
import type { AccessFile } from "./accessFile.ts";
import { ClusterSecrets } from "./secrets.ts";

/** Milliseconds for a new leader to bring in what its configuration names: a fraction of a second. */
const leaderLimit = 15_000;

/** Milliseconds for which a deleted token has to stay unknown after that. */
const quiet = 1000;

/** The management tokens of before, which agents may still have in their configuration. */
export function earlierManagement({ seed, rotation, earlier = [] }: AccessFile): string[] {
    const [now = "", ...before] = [{ seed, rotation }, ...earlier].map(
        (origin) => new ClusterSecrets(origin.seed, origin.rotation).token("management").secretId,
    );
    return [...new Set(before)].filter((secretId) => secretId !== now);
}

/**
 * Sees to it that management tokens which were deleted stay so. A server brings the one of its configuration in
 * whenever it becomes the leader, and reads its configuration for that at its start only: one that was not restarted
 * would have a token of before come back at a later election. So another server becomes the leader once, now.
 *
 * @throws Error naming the server that brought one in.
 */
export async function checkRetiredManagement(
    consul: ConsulClient,
    secretIds: readonly string[],
): Promise<void> {
    if (secretIds.length === 0) {
        return;
    }
    const { Servers } = await consul.health();
    const leader = Servers.find(({ Leader }) => Leader);
    if (leader !== undefined && Servers.filter(({ Voter }) => Voter).length > 1) {
        await transferLeadership(consul, leader.Name);
    }
    const check = async () => {
        const found = await Promise.all(secretIds.map((secretId) => tokenOf(consul, secretId)));
        if (found.every((token) => token === undefined)) {
            return undefined;
        }
        const name = (await consul.health()).Servers.find(({ Leader }) => Leader)?.Name;
        return (
            `${name ?? "the leader"} has brought a deleted management token in again: it was not restarted since its ` +
            "configuration has the new one. Restart its container, then run `pulumi up` again"
        );
    };
    await waitFor(check, { limit: leaderLimit, interval: 100, stableFor: quiet });
}
