import { existsSync } from "node:fs";
import { accessFileOf } from "../../scripts/protocol/names.ts";
import type { JoinTokens } from "../../scripts/protocol/security.ts";
import {
    gossipKeyOf,
    nextAccess,
    readAccess,
    type AccessFile,
} from "../../scripts/security/accessFile.ts";
import { ClusterSecrets } from "../../scripts/security/secrets.ts";
import { isSecured, StackClients, type StackCluster } from "./stackClients.ts";
import type { StateCluster } from "./stateCluster.ts";

/** A stack's cluster, and the rights to ask it. */
export interface AskedCluster extends StackCluster {
    readonly nodes: StateCluster["nodes"];
    /** docker-machine's store, relative to the program's folder. */
    readonly store: string;
}

/**
 * How a stack's cluster is asked: by the rights on this computer, which know what a rotation has not led to its end;
 * where they are not on it, by those that the state has.
 *
 * @throws Error where the file with the rights is none of ours.
 */
export async function askedCluster(cluster: StateCluster): Promise<AskedCluster> {
    const { nodes, store, owner, name, access: request } = cluster;
    if (request === undefined && !isSecured(nodes)) {
        return { nodes, store };
    }
    const access = accessFileOf(store, owner, name);
    return { nodes, store, access, rights: await rightsOf(access, request) };
}

async function rightsOf(
    file: string,
    request: StateCluster["access"],
): Promise<AccessFile | undefined> {
    if (request === undefined || existsSync(file)) {
        // What reads the file says what it means where there is none.
        return existsSync(file) ? readAccess(file) : undefined;
    }
    return { ...nextAccess(request, undefined), restored: true };
}

/** Clients of a cluster's agents. @throws Error where it is secured, and the rights to ask it are nowhere. */
export async function clientsOf(cluster: StateCluster): Promise<StackClients> {
    return StackClients.of(await askedCluster(cluster));
}

/** The token that may do everything; undefined for an open cluster, and for one of another stack. */
export function managementToken(rights: AccessFile | undefined): string | undefined {
    return rights === undefined || rights.joined !== undefined
        ? undefined
        : new ClusterSecrets(rights.seed, rights.rotation).token("management").secretId;
}

/** All texts that rights make secret: their own, and those that are derived from them. */
export function secretsOfRights(rights: AccessFile, nodeNames: readonly string[]): string[] {
    const { joined } = rights;
    const names = ["management", "operate", "services", "dns", "metrics"] as const;
    const joins = ["join-agent", "join-operate", "join-services", "join-metrics"] as const;
    return [
        ...[rights, ...(rights.earlier ?? [])].flatMap((origin) => {
            const { seed, rotation } = origin;
            const secrets = new ClusterSecrets(seed, rotation);
            return [
                seed,
                secrets.gossipKey,
                gossipKeyOf(origin),
                ...[...names, ...joins].map((name) => secrets.token(name).secretId),
                ...nodeNames.flatMap((node) => [
                    secrets.nodeToken("agent", node).secretId,
                    secrets.nodeToken("recovery", node).secretId,
                ]),
            ];
        }),
        rights.ca.key,
        ...(joined === undefined ? [] : [joined.gossipKey, ...joinTokens(joined.tokens)]),
    ];
}

function joinTokens({ agent, operate, services, metrics }: JoinTokens): string[] {
    return [agent, operate, services, metrics];
}
