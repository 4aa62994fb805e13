import type { ConsulClient } from "../consul/consulClient.ts";
import { clientAt } from "../consul/consulClient05.ts";
import type { ConsulAccess } from "../consul/consulConnection.ts";
import { storeOfAccess } from "../protocol/names.ts";
import type { ApiVersion, ClusterAccess, ContainerRef } from "../protocol/requests.ts";
import { readAccess, type AccessFile } from "./accessFile.ts";
import { PublishedApis } from "./publishedApi.ts";
import { ClusterSecrets } from "./secrets.ts";

/** How a cluster is asked. */
export interface ClusterContact extends ClusterAccess {
    /** Which HTTP API its agents have. @default today's */
    readonly api?: ApiVersion | undefined;
    /** A container on one of its machines, which says where the machines are kept. */
    readonly log?: Pick<ContainerRef, "store"> | undefined;
    /** The same. */
    readonly agent?: Pick<ContainerRef, "store"> | undefined;
}

/** Makes clients for the agents of one cluster, with the rights that its scripts have. */
export class ClusterClients {
    readonly #api: ApiVersion | undefined;
    readonly #access: AccessFile | undefined;
    readonly #published: PublishedApis | undefined;

    private constructor(
        api: ApiVersion | undefined,
        access: AccessFile | undefined,
        store: string | undefined,
    ) {
        this.#api = api;
        this.#access = access;
        this.#published = store === undefined ? undefined : new PublishedApis(store);
    }

    /** @throws Error where the cluster is secured and the rights to ask it are not on this computer. */
    static async of(contact: ClusterContact): Promise<ClusterClients> {
        const { api, access } = contact;
        const rights = access === undefined ? undefined : await readAccess(access);
        return new ClusterClients(api, rights, storeOf(contact));
    }

    /** Of a secured cluster, with rights that are known already. @param contact says where its machines are kept. */
    static with(access: AccessFile, contact: ClusterContact): ClusterClients {
        return new ClusterClients(undefined, access, storeOf(contact));
    }

    /** The rights of this cluster; undefined for an open one. */
    get access(): AccessFile | undefined {
        return this.#access;
    }

    /**
     * A client of one node's agent. In a secured cluster the agent's certificate has to have the node's name, so that
     * no other agent is taken for it, whatever its address.
     *
     * @param nodeName the node that answers at the address. Undefined where that is not known: then the certificate
     *     has to be for the address, and the client cannot act for the agent itself.
     */
    at(nodeName: string | undefined, httpAddress: string): ConsulClient {
        const access = this.#access;
        const published = this.#published;
        const find = (isPlainFine: boolean) =>
            published && (() => published.find({ nodeName, httpAddress, isPlainFine }));
        if (access === undefined) {
            return clientAt(httpAddress, this.#api, { elsewhere: find(false) });
        }
        const { joined } = access;
        const all = [access, ...(access.earlier ?? [])].map(
            ({ seed, rotation }) => new ClusterSecrets(seed, rotation),
        );
        const manage =
            joined === undefined ? all.map((secrets) => secrets.token("management").secretId) : [];
        // Those of the agents' own configuration last: they are there before any other has been made, as while a
        // first `up` goes on after an interruption, and behind a snapshot of a time before the others.
        const operate =
            joined === undefined
                ? [...all.map((secrets) => secrets.token("operate").secretId), ...manage]
                : [joined.tokens.operate];
        const isOthers = nodeName === undefined || Object.hasOwn(joined?.servers ?? {}, nodeName);
        const recovery = isOthers
            ? []
            : all.map((secrets) => secrets.nodeToken("recovery", nodeName).secretId);
        const plain = plainAccessOf(access, nodeName, httpAddress);
        return clientAt(httpAddress, this.#api, {
            ...plain,
            elsewhere: find(plain.plain !== undefined),
            ca: access.trusted,
            client: access.client,
            serverName: nodeName === undefined ? undefined : certificateName(nodeName, access),
            tokens: {
                agent: [...recovery, ...operate],
                operate,
                manage,
                // An agent would go on with an earlier one, and that will be deleted.
                register:
                    joined === undefined
                        ? all.slice(0, 1).map((secrets) => secrets.token("services").secretId)
                        : [joined.tokens.services],
            },
        });
    }

    /** Clients of the servers of another stack's cluster; none where the cluster is this stack's. */
    ofJoined(): ConsulClient[] {
        return this.all(this.#access?.joined?.servers ?? {});
    }

    /** Clients of several nodes' agents, by their names and addresses. */
    all(addresses: Readonly<Record<string, string>>): ConsulClient[] {
        return Object.entries(addresses).map(([name, address]) => this.at(name, address));
    }
}

function storeOf({ access, log, agent }: ClusterContact): string | undefined {
    return (log ?? agent)?.store ?? (access === undefined ? undefined : storeOfAccess(access));
}

/** Port of the API without TLS, which an agent has until its cluster is secured. */
const openPort = 8500;

/** An agent's API as it is in an open cluster. @param port under which its container publishes it. */
export function openAddress(httpAddress: string, port = openPort): string {
    return `http://${new URL(httpAddress).hostname}:${port}`;
}

/**
 * How a declared node is asked without TLS, if its agent has no other API yet: at no address that is not a node's own.
 * Where it is only not known whether there are such agents, without tokens: one that is there refuses that, and so is
 * not taken for one that is down.
 */
function plainAccessOf(
    { securing, restored }: AccessFile,
    nodeName: string | undefined,
    httpAddress: string,
): Pick<ConsulAccess, "plain"> {
    return nodeName !== undefined && (securing === true || restored === true)
        ? { plain: { httpAddress: openAddress(httpAddress), hasTokens: securing === true } }
        : {};
}

/** The name that a node has in its certificate: the one that Consul's DNS gives it. */
export function certificateName(
    nodeName: string,
    { datacenter, domain }: Pick<AccessFile, "datacenter" | "domain">,
): string {
    return `${nodeName}.node.${datacenter}.${domain}`;
}
