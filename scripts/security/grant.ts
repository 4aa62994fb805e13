import { useAgentToken } from "../consul/consulAcl.ts";
import type { ConsulClient } from "../consul/consulClient.ts";
import { isRefusal } from "../consul/consulError.ts";
import type { ClusterRights } from "../protocol/security.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import type { AccessFile } from "./accessFile.ts";
import type { ClusterClients } from "./clusterClients.ts";
import { findLed, untilLed } from "./ledServer.ts";
import { makeTokens } from "./reconcile.ts";
import { ClusterSecrets } from "./secrets.ts";
import { wantedTokens } from "./tokens.ts";

/** Milliseconds for the servers of a new cluster to elect a leader. */
export const leaderLimit = 180_000;

/** Milliseconds for a new leader to take our management token: a fraction of a second. */
const managementLimit = 30_000;

/**
 * Makes the policies and tokens that a cluster lacks, once it has a leader, and has agents whose tokens are among them
 * report to the catalog at once.
 *
 * @throws Error where it has no leader in time, or refuses our management token.
 */
export async function grantTokens(
    clients: ClusterClients,
    rights: ClusterRights,
    access: AccessFile,
): Promise<void> {
    const consul = await untilLed(clients, rights, leaderLimit);
    if (access.joined !== undefined) {
        // The stack whose cluster it is has made what this one was given.
        return;
    }
    let made: string[] = [];
    await waitFor(
        async () => {
            made = await makeTokens(consul, rights, access);
            return undefined;
        },
        { limit: managementLimit, interval: 100 },
    ).catch((error: unknown) => {
        throw new Error(
            `the cluster does not let its tokens be made ${describeError(error)}. If its management token was ` +
                "deleted, raise `rotate.management` by one: the servers then bring another one in.",
            { cause: error },
        );
    });
    await announce(clients, rights, access, made);
}

/**
 * The same where there is a cluster already: its agents are given tokens next, which must exist by then. Where there is
 * none, or no leader, nothing is made, and nothing waited for.
 */
export async function grantBefore(
    clients: ClusterClients,
    rights: ClusterRights,
    access: AccessFile,
): Promise<void> {
    const consul = access.joined === undefined ? await findLed(clients, rights) : undefined;
    if (consul === undefined) {
        return;
    }
    try {
        report(await makeTokens(consul, rights, access));
    } catch (error) {
        if (!isRefusal(error)) {
            throw error;
        }
        // Its servers may be about to bring one in that it takes.
        progress(`the cluster takes no management token of ours yet: ${error.message}`);
    }
}

async function announce(
    clients: ClusterClients,
    rights: ClusterRights,
    access: AccessFile,
    made: readonly string[],
): Promise<void> {
    report(made);
    const secrets = new ClusterSecrets(access.seed, rights.rotation);
    const descriptions = new Map(
        wantedTokens(rights, access).map(({ secretId, content }) => [
            secretId,
            content.Description,
        ]),
    );
    await Promise.all(
        Object.entries(rights.nodes).map(async ([name, node]) => {
            const { httpAddress, askThrough: queryVia = name } = node;
            const { secretId } = secrets.nodeToken("agent", name);
            const isNew = made.includes(descriptions.get(secretId) ?? "");
            if (isNew && queryVia === name) {
                await hasten(clients.at(name, httpAddress), secretId);
            }
        }),
    );
}

/** An agent that does not answer, as one that is made after this, needs no telling. */
async function hasten(agent: ConsulClient, secretId: string): Promise<void> {
    await useAgentToken(agent, secretId).catch(() => undefined);
}

function report(made: readonly string[]): void {
    if (made.length > 0) {
        progress(`made ${made.length} ACL tokens and policies`);
    }
}
