import {
    alive,
    ConsulClient,
    left,
    type AgentSelf,
    type ApiOffers,
    type ClusterHealth,
    type Member,
    type RaftPeer,
    type ServerHealth,
} from "./consulClient.ts";

/** What that version says of itself and of a node in the catalog: a name, and no id. */
type OlderSelf = Omit<AgentSelf, "Stats">;
interface OlderCatalogNode {
    readonly Node: { readonly Node: string };
}

/** A key that nobody sets: asked for its answer's header alone. */
const noKey = "/v1/kv/consul-machines-index";

/**
 * The same questions, put to an agent of Consul 0.5.
 *
 * That version has no ids but names, no autopilot and no endpoint for Raft's configuration. What they tell
 * today is put together from what each server says itself: its leader, its peers, how far its
 * tables have come. Each is asked under the address of its Raft, at the port where this one answers, so
 * every server has to be reached there.
 */
export class ConsulClient05 extends ConsulClient {
    override readonly offers: ApiOffers = { handOver: false, autopilot: false, leave: false };

    /** Its name is its identity; how far it has come is read from its tables. */
    override async self(): Promise<AgentSelf> {
        const [{ Config }, index] = await Promise.all([
            this.get<OlderSelf>("/v1/agent/self"),
            // A client that has found no server yet cannot say.
            this.#tableIndex().catch(() => 0),
        ]);
        return {
            Config: { ...Config, NodeID: Config.NodeName },
            Stats: { raft: { applied_index: String(index) } },
        };
    }

    /** Without those that have left: that version keeps them in its list for three days. */
    override async members(): Promise<readonly Member[]> {
        return (await super.members()).filter(({ Status }) => Status !== left);
    }

    override async hasRaftConfiguration(): Promise<boolean> {
        return (await this.#peers()).length > 0;
    }

    /**
     * A server counts as healthy while it is alive, answers by itself, follows the leader that this
     * one knows, and has the same peers as this one.
     *
     * @throws Error while this one knows no leader.
     */
    override async health(): Promise<ClusterHealth> {
        const leader = await this.leader();
        if (leader === "") {
            throw new Error("the cluster has no leader");
        }
        const [peers, members] = await Promise.all([this.#peers(), this.members()]);
        const servers = await Promise.all(
            peers.map((peer) => this.#standing(peer, { leader, peers, members })),
        );
        const healthy = servers.filter(({ Healthy }) => Healthy).length;
        const quorum = Math.floor(servers.length / 2) + 1;
        return {
            Healthy: healthy === servers.length,
            FailureTolerance: Math.max(0, healthy - quorum),
            Servers: servers,
        };
    }

    /** Also those whose members have left: that is what their removal is waited for by. */
    override async raftPeers(): Promise<readonly RaftPeer[]> {
        const [peers, members] = await Promise.all([this.#peers(), super.members()]);
        return peers.map((peer) => {
            const name = memberAt(peer, members)?.Name ?? peer;
            return { ID: name, Node: name, Voter: true };
        });
    }

    /** The leader removes a peer once its member has left, and only then. */
    override removePeer(id: string): Promise<void> {
        return Promise.reject(new Error(`${id}: Consul 0.5 removes no peer by its id`));
    }

    override async registeredId(node: string): Promise<string | undefined> {
        const listed = await this.get<OlderCatalogNode | null>(`/v1/catalog/node/${node}`);
        return listed?.Node.Node;
    }

    async #standing(peer: string, { leader, peers, members }: Seen): Promise<ServerHealth> {
        const member = memberAt(peer, members);
        const server = new ConsulClient05(this.#httpAddressOf(peer));
        const { agrees, index } = await Promise.all([
            server.leader(),
            server.#peers(),
            server.#tableIndex(),
        ]).then(
            ([itsLeader, itsPeers, at]) => ({
                agrees: itsLeader === leader && sorted(itsPeers) === sorted(peers),
                index: at,
            }),
            () => ({ agrees: false, index: 0 }),
        );
        const name = member?.Name ?? peer;
        return {
            ID: name,
            Name: name,
            SerfStatus: statusOf(member),
            Healthy: member?.Status === alive && agrees,
            // There are no others: a server votes as soon as it is a peer.
            Voter: true,
            Leader: peer === leader,
            LastIndex: index,
        };
    }

    /** Raft's peers as this server has them, `ADDRESS:PORT`; none before the first election. */
    async #peers(): Promise<readonly string[]> {
        return (await this.get<readonly string[] | null>("/v1/status/peers")) ?? [];
    }

    /** The last change that this agent's server, read by itself, has in its catalog and its keys. */
    async #tableIndex(): Promise<number> {
        const answers = await Promise.all([
            this.send("/v1/catalog/nodes?stale"),
            this.send(`${noKey}?stale`, { alsoFine: [404] }),
        ]);
        const indexes = answers.map((answer) => {
            answer.resume();
            return Number(answer.headers["x-consul-index"] ?? 0);
        });
        return Math.max(...indexes);
    }

    #httpAddressOf(peer: string): string {
        return `http://${hostOf(peer)}:${new URL(this.httpAddress).port}`;
    }
}

/** What one server sees of the cluster. */
interface Seen {
    readonly leader: string;
    readonly peers: readonly string[];
    readonly members: readonly Member[];
}

/** In the words of today's API, which says `none` of a server that gossip does not know. */
function statusOf(member: Member | undefined): string {
    return member === undefined ? "none" : member.Status === alive ? "alive" : "failed";
}

function hostOf(peer: string): string {
    return peer.replace(/:\d+$/, "");
}

/** The member at a peer's address: of several, one that lives. */
function memberAt(peer: string, members: readonly Member[]): Member | undefined {
    const there = members.filter(({ Addr }) => Addr === hostOf(peer));
    return there.find(({ Status }) => Status === alive) ?? there[0];
}

function sorted(peers: readonly string[]): string {
    return [...peers].sort().join(" ");
}
