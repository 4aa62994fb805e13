import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { accessFileOf, clusterName } from "../../scripts/protocol/names.ts";
import type { AccessFile } from "../../scripts/security/accessFile.ts";
import { ClusterClients } from "../../scripts/security/clusterClients.ts";

/** Where the agents of a stack's nodes are asked, by the nodes' names. */
export type NodeAddresses = Readonly<Record<string, { readonly httpAddress: string }>>;

/** Where a stack's program keeps what belongs to its cluster. */
export interface ClusterPlace {
    /** docker-machine's store, relative to the project. */
    readonly store: string;
    /** `project/stack`. */
    readonly owner: string;
    /** The cluster's logical name in its program. @default {@link clusterName} */
    readonly cluster?: string;
}

/** A stack's cluster, and how it is asked. */
export interface StackCluster {
    readonly nodes: NodeAddresses;
    /** File with the rights to ask it, relative to the project. @default it is open */
    readonly access?: string | undefined;
    /** The rights themselves, where they are known already. @default they are read from that file */
    readonly rights?: AccessFile | undefined;
    /** docker-machine's store, relative to the project: it tells where an agent is that is not where the stack's outputs
     * have it. @default that of the file with the rights */
    readonly store?: string | undefined;
}

/** Whether the cluster of these nodes is secured. */
export function isSecured(nodes: NodeAddresses): boolean {
    return Object.values(nodes).some(({ httpAddress }) => isHttps(httpAddress));
}

/** Whether this is the address of a secured agent. */
export function isHttps(httpAddress: string): boolean {
    return httpAddress.startsWith("https:");
}

/** The file with the rights to ask a stack's cluster; undefined for an open one. */
export function accessOf(
    nodes: NodeAddresses,
    { store, owner, cluster = clusterName }: ClusterPlace,
): string | undefined {
    return isSecured(nodes) ? accessFileOf(store, owner, cluster) : undefined;
}

/**
 * The node that answers at the address of this one: itself; undefined where nodes share a machine, of which only one is
 * reached from outside. Which one is not among a stack's outputs.
 */
export function answererOf(nodes: NodeAddresses, nodeName: string): string | undefined {
    const address = nodes[nodeName]?.httpAddress;
    const isShared = Object.entries(nodes).some(
        ([name, { httpAddress }]) => name !== nodeName && httpAddress === address,
    );
    return isShared ? undefined : nodeName;
}

/** Makes clients for the agents of a stack's cluster: of a secured one each has to have the certificate of its node. */
export class StackClients {
    readonly #nodes: NodeAddresses;
    readonly #clients: ClusterClients;

    private constructor(nodes: NodeAddresses, clients: ClusterClients) {
        this.#nodes = nodes;
        this.#clients = clients;
    }

    /** @throws Error where the cluster is secured and the rights to ask it are not on this computer. */
    static async of({ nodes, access, rights, store }: StackCluster): Promise<StackClients> {
        const contact = { access, ...(store === undefined ? {} : { log: { store } }) };
        const clients =
            rights === undefined
                ? await ClusterClients.of(contact)
                : ClusterClients.with(rights, contact);
        return new StackClients(nodes, clients);
    }

    /** The rights to ask the cluster; undefined for an open one. */
    get rights(): AccessFile | undefined {
        return this.#clients.access;
    }

    /** A client of a node's agent, or of the one that answers for it. @throws Error for an unknown name. */
    of(nodeName: string): ConsulClient {
        const node = this.#nodes[nodeName];
        if (node === undefined) {
            const names = Object.keys(this.#nodes).join(", ");
            throw new Error(`node: got "${nodeName}"; expected one of ${names}`);
        }
        return this.#clients.at(answererOf(this.#nodes, nodeName), node.httpAddress);
    }

    /** A client of each node's agent, in the order of the nodes. */
    all(): ConsulClient[] {
        return Object.keys(this.#nodes).map((name) => this.of(name));
    }
}
