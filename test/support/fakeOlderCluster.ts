import { createServer, type Server } from "node:http";
import { onTestFinished } from "vitest";

/** Serf's numbers. */
const alive = 1;
const left = 3;
const failed = 4;

/**
 * A stub of a running cluster of Consul 0.5.2, as far as the gates ask it: every agent has its own
 * loopback address, and all have the same port, as on machines. The first server leads.
 */
export class FakeOlderCluster {
    /** The writing requests, in order, each with the agent that was asked. */
    readonly done: string[] = [];
    /** Raft's peers by name, as every server has them; none before the first election. */
    readonly peers: Set<string>;
    /** The gossip pool: Serf's status by name. */
    readonly members: Map<string, number>;
    readonly catalog: Set<string>;
    /** Last change in a server's tables, by name. */
    readonly indexes = new Map<string, number>();
    /** Servers that see another leader, or other peers, than the rest. */
    readonly leaders = new Map<string, string>();
    readonly ownPeers = new Map<string, readonly string[]>();
    leader: string;
    readonly #names: readonly string[];
    readonly #servers = new Map<string, Server>();
    #port = 0;

    private constructor(servers: readonly string[], clients: readonly string[]) {
        this.#names = [...servers, ...clients];
        this.peers = new Set(servers);
        this.members = new Map(this.#names.map((name) => [name, alive]));
        this.catalog = new Set(this.#names);
        this.leader = servers[0] ?? "";
    }

    /** Starts an agent for each node; they end with the running test. */
    static async start(
        servers: readonly string[],
        clients: readonly string[] = [],
    ): Promise<FakeOlderCluster> {
        const cluster = new FakeOlderCluster(servers, clients);
        for (const name of cluster.#names) {
            await cluster.#listen(name);
        }
        return cluster;
    }

    /** The address that a node advertises. */
    host(name: string): string {
        return `127.0.5.${this.#names.indexOf(name) + 1}`;
    }

    /** Its HTTP API. */
    address(name: string): string {
        return `http://${this.host(name)}:${this.#port}`;
    }

    /** The HTTP APIs of these nodes, by name. */
    addresses(names: readonly string[]): Record<string, string> {
        return Object.fromEntries(names.map((name) => [name, this.address(name)]));
    }

    /** The address of a node's Raft. */
    raft(name: string): string {
        return name === "" ? "" : `${this.host(name)}:8300`;
    }

    /** Ends an agent as a crash does. */
    stop(name: string): void {
        const server = this.#servers.get(name);
        this.#servers.delete(name);
        server?.close();
        server?.closeAllConnections();
        if (this.members.get(name) === alive) {
            this.members.set(name, failed);
        }
    }

    /** What `consul leave` inside its container does. */
    leave(name: string): void {
        this.members.set(name, left);
        this.peers.delete(name);
        this.catalog.delete(name);
        this.leader = this.leader === name ? ([...this.peers][0] ?? "") : this.leader;
        this.stop(name);
    }

    async #listen(name: string): Promise<void> {
        const server = createServer((message, response) => {
            const path = message.url ?? "";
            if (message.method === "PUT") {
                this.done.push(`${name}: PUT ${path}`);
                this.#change(path);
                response.end();
                return;
            }
            const answer = this.#answer(name, path);
            response.statusCode = answer === undefined ? 404 : 200;
            response.setHeader("x-consul-index", this.#indexOf(name, path));
            response.end(answer === undefined ? "" : JSON.stringify(answer));
        });
        this.#servers.set(name, server);
        await new Promise<void>((ready, fail) => {
            server.once("error", fail).listen(this.#port, this.host(name), ready);
        });
        const address = server.address();
        this.#port = typeof address === "object" ? (address?.port ?? 0) : 0;
        onTestFinished(() => {
            this.stop(name);
        });
    }

    /** The keys were changed last; the nodes' own table stays behind. */
    #indexOf(name: string, path: string): number {
        const index = this.indexes.get(name) ?? 100;
        return path.startsWith("/v1/kv/") ? index : Math.min(index, 8);
    }

    #answer(name: string, path: string): unknown {
        switch (path) {
            case "/v1/agent/self":
                return { Config: { NodeName: name, Datacenter: "dc1", Version: "0.5.2" } };
            case "/v1/agent/members":
                return [...this.members].map(([Name, Status]) => ({
                    ...{ Name, Addr: this.host(Name), Status },
                }));
            case "/v1/status/leader":
                return this.leaders.get(name) ?? this.raft(this.leader);
            case "/v1/status/peers":
                return (
                    this.ownPeers.get(name) ??
                    (this.peers.size === 0 ? null : [...this.peers].map((one) => this.raft(one)))
                );
            case "/v1/catalog/nodes?stale":
                return [...this.catalog].map((Node) => ({ Node, Address: this.host(Node) }));
            default: {
                const [, node] = /^\/v1\/catalog\/node\/(.*)$/.exec(path) ?? [];
                return node === undefined
                    ? undefined
                    : this.catalog.has(node)
                      ? { Node: { Node: node, Address: this.host(node) } }
                      : null;
            }
        }
    }

    #change(path: string): void {
        const [, forced] = /^\/v1\/agent\/force-leave\/(.*)\?prune=1$/.exec(path) ?? [];
        if (forced !== undefined) {
            this.leave(forced);
        }
    }
}
