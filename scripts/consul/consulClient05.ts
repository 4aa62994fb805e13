import type { ApiVersion } from "../protocol/requests.ts";
import {
    alive,
    left,
    type AgentSelf,
    type ClusterHealth,
    type Member,
    type RaftPeer,
    type ServerHealth,
} from "./answers.ts";
import { ConsulClient, type ApiOffers } from "./consulClient.ts";
import type { ConsulAccess } from "./consulConnection.ts";

/** The client for an agent with this version of the HTTP API. @param version today's by default */
export function clientAt(httpAddress: string, version?: ApiVersion, access?: ConsulAccess) {
    return new (version === "0.5" ? ConsulClient05 : ConsulClient)(httpAddress, access);
}

/** The client for an agent of unknown version; one for today's where the agent does not tell it. */
export async function detectClientAt(httpAddress: string): Promise<ConsulClient> {
    const today = new ConsulClient(httpAddress);
    const self = await today.self().catch(() => undefined);
    return self?.Config.Version?.startsWith("0.5.") === true ? clientAt(httpAddress, "0.5") : today;
}

/** A key that is never set: only the header of the answer is wanted. */
const unusedKey = "/v1/kv/consul-machines-index";

/**
 * The client for an agent of Consul 0.5.
 *
 * That version identifies nodes by name, without ids, and has neither autopilot nor an endpoint for
 * Raft's configuration. Their answers are derived here from what each server reports of itself: its
 * leader, its peers, the index of its tables. Each server is asked at the address of its Raft and the
 * HTTP port of this one, so every server must be reachable there.
 */
export class ConsulClient05 extends ConsulClient {
    override readonly offers: ApiOffers = { transfer: false, autopilot: false, leave: false };

    /** Its name is its id; the index of its tables stands for what it has applied. */
    override async self(): Promise<AgentSelf> {
        const [{ Config }, index] = await Promise.all([
            super.self(),
            // A client that has found no server yet has none.
            this.#tableIndex().catch(() => 0),
        ]);
        return {
            Config: { ...Config, NodeID: Config.NodeName },
            Stats: { raft: { applied_index: String(index) } },
        };
    }

    /** Without those that have left: that version lists them for three more days. */
    override async members(): Promise<readonly Member[]> {
        return (await super.members()).filter(({ Status }) => Status !== left);
    }

    override async hasRaftConfiguration(): Promise<boolean> {
        return (await this.#peers()).length > 0;
    }

    /** A server counts as healthy if it is alive, responds, and agrees with this one on the leader and the
     * peers. @throws Error while this one knows no leader. */
    override async health(): Promise<ClusterHealth> {
        const leader = await this.leader();
        if (leader === "") {
            throw new Error("the cluster has no leader");
        }
        const [peers, members] = await Promise.all([this.#peers(), this.members()]);
        const Servers = await Promise.all(
            peers.map((peer) => this.#healthOf(peer, { leader, peers, members })),
        );
        const healthy = Servers.filter(({ Healthy }) => Healthy).length;
        const quorum = Math.floor(Servers.length / 2) + 1;
        return {
            Healthy: healthy === Servers.length,
            FailureTolerance: Math.max(0, healthy - quorum),
            Servers,
        };
    }

    /** Named also after members that have left: who removes a server waits for its peer to disappear. */
    override async raftPeers(): Promise<readonly RaftPeer[]> {
        const [peers, members] = await Promise.all([this.#peers(), super.members()]);
        return peers.map((peer) => {
            const name = memberAt(peer, members)?.Name ?? peer;
            return { ID: name, Node: name, Voter: true };
        });
    }

    /** Never possible: the leader removes a peer once its member has left, and only then. */
    override removePeer(id: string): Promise<void> {
        return Promise.reject(new Error(`${id}: Consul 0.5 removes no peer by its id`));
    }

    override async registeredId(node: string): Promise<string | undefined> {
        const path = `/v1/catalog/node/${node}`;
        return (await this.get<{ readonly Node: { readonly Node: string } } | null>(path))?.Node
            .Node;
    }

    async #healthOf(peer: string, { leader, peers, members }: ClusterView): Promise<ServerHealth> {
        const member = memberAt(peer, members);
        const address = `http://${hostOf(peer)}:${new URL(this.httpAddress).port}`;
        const server = new ConsulClient05(address, this.access);
        const own = await Promise.all([
            server.leader(),
            server.#peers(),
            server.#tableIndex(),
        ]).catch(() => undefined);
        const agrees = own?.[0] === leader && sorted(own[1]) === sorted(peers);
        const name = member?.Name ?? peer;
        return {
            ID: name,
            Name: name,
            // As today's API says it, with `none` for a server that gossip does not know.
            SerfStatus:
                member === undefined ? "none" : member.Status === alive ? "alive" : "failed",
            Healthy: member?.Status === alive && agrees,
            // There are no others: a server votes as soon as it is a peer.
            Voter: true,
            Leader: peer === leader,
            LastIndex: own?.[2] ?? 0,
        };
    }

    /** Raft's peers as this server has them, `ADDRESS:PORT`; none before the first election. */
    async #peers(): Promise<readonly string[]> {
        return (await this.get<readonly string[] | null>("/v1/status/peers")) ?? [];
    }

    /** Index of the last change in this server's own catalog and keys. */
    async #tableIndex(): Promise<number> {
        const answers = await Promise.all([
            this.send("/v1/catalog/nodes?stale"),
            this.send(`${unusedKey}?stale`, { alsoFine: [404] }),
        ]);
        const indexes = answers.map((answer) => {
            answer.resume();
            return Number(answer.headers["x-consul-index"] ?? 0);
        });
        return Math.max(...indexes);
    }
}

/** The cluster as one server sees it. */
interface ClusterView {
    readonly leader: string;
    readonly peers: readonly string[];
    readonly members: readonly Member[];
}

function hostOf(peer: string): string {
    return peer.replace(/:\d+$/, "");
}

/** The member at a peer's address; of several, one that is alive. */
function memberAt(peer: string, members: readonly Member[]): Member | undefined {
    const there = members.filter(({ Addr }) => Addr === hostOf(peer));
    return there.find(({ Status }) => Status === alive) ?? there[0];
}

function sorted(peers: readonly string[]): string {
    return [...peers].sort().join(" ");
}
