import type { ConsulClient } from "../consul/consulClient.ts";
import { clientAt } from "../consul/consulClient05.ts";
import type { ConsulAccess } from "../consul/consulConnection.ts";
import type { ApiVersion, ClusterAccess } from "../protocol/requests.ts";
import { readAccess, type AccessFile } from "./accessFile.ts";
import { ClusterSecrets } from "./secrets.ts";

/** How a cluster is asked. */
export interface ClusterContact extends ClusterAccess {
    /** Which HTTP API its agents have. @default today's */
    readonly api?: ApiVersion | undefined;
}

/** Makes clients for the agents of one cluster, with the rights that its scripts have. */
export class ClusterClients {
    readonly #api: ApiVersion | undefined;
    readonly #access: AccessFile | undefined;

    private constructor(api: ApiVersion | undefined, access: AccessFile | undefined) {
        this.#api = api;
        this.#access = access;
    }

    /** @throws Error where the cluster is secured and the rights to ask it are not on this computer. */
    static async of({ api, access }: ClusterContact): Promise<ClusterClients> {
        return new ClusterClients(api, access === undefined ? undefined : await readAccess(access));
    }

    /** Of a secured cluster, with rights that are known already. */
    static with(access: AccessFile): ClusterClients {
        return new ClusterClients(undefined, access);
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
        if (access === undefined) {
            return clientAt(httpAddress, this.#api);
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
        return clientAt(httpAddress, this.#api, {
            ...plainAccessOf(access, nodeName, httpAddress),
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

/** Port of the API without TLS, which an agent has until its cluster is secured. */
const openPort = 8500;

/** An agent's API as it is in an open cluster. */
export function openAddress(httpAddress: string): string {
    return `http://${new URL(httpAddress).hostname}:${openPort}`;
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
