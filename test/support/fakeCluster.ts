import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { member, serverHealth } from "./fakeConsul.ts";

/** The body of an answer, sent as JSON. */
type Answer = object | string | null;

/**
 * A stub of a running cluster: its agents share one state, and writing requests change it. The first
 * server leads.
 */
export class FakeCluster {
    /** The writing requests, in order, each with the agent that was asked: `a: PUT /v1/agent/leave`. */
    readonly done: string[] = [];
    /** The servers of Raft's configuration, all voting. */
    readonly peers: Set<string>;
    /** The gossip pool. */
    readonly members: Set<string>;
    /** The nodes that the catalog lists. */
    readonly catalog: Set<string>;
    /** Servers that autopilot calls unhealthy. */
    readonly unhealthy = new Set<string>();
    /** Nodes that stay in the catalog when they leave. */
    readonly reregistering = new Set<string>();
    /** The leader's name; "" for none. */
    leader: string;
    /** When an election ends, by the clock: no server knows a leader before. */
    electionEnds = 0;
    /** Whether there ever was an election. */
    formed = true;
    /** Whether leadership stays where it is. */
    keepsLeader = false;
    readonly #servers = new Map<string, Server>();

    private constructor(servers: readonly string[], clients: readonly string[]) {
        this.peers = new Set(servers);
        this.members = new Set([...servers, ...clients]);
        this.catalog = new Set(this.members);
        this.leader = servers[0] ?? "";
    }

    /** Starts an agent for each node; they end with the running test. */
    static async start(
        servers: readonly string[],
        clients: readonly string[] = [],
    ): Promise<FakeCluster> {
        const cluster = new FakeCluster(servers, clients);
        await Promise.all([...servers, ...clients].map((name) => cluster.#listen(name)));
        return cluster;
    }

    /** Address of a node's HTTP API; for one that was stopped, an address where no server listens. */
    address(name: string): string {
        const server = this.#servers.get(name);
        const { port } = (server?.address() ?? { port: 1 }) as AddressInfo;
        return `http://127.0.0.1:${port}`;
    }

    /** The addresses of these nodes' HTTP APIs, by name. */
    addresses(names: Iterable<string>): Record<string, string> {
        return Object.fromEntries([...names].map((name) => [name, this.address(name)]));
    }

    /** Ends an agent as a crash does: the others still list it. */
    stop(name: string): void {
        const server = this.#servers.get(name);
        this.#servers.delete(name);
        server?.close();
        server?.closeAllConnections();
    }

    async #listen(name: string): Promise<void> {
        const server = createServer((message, response) => {
            void readText(message).then((body) => {
                const answer = this.#answer(name, message.method ?? "", message.url ?? "", body);
                response.end(JSON.stringify(answer), () => {
                    if (message.url === "/v1/agent/leave") {
                        this.stop(name);
                    }
                });
            });
        });
        this.#servers.set(name, server);
        await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
        onTestFinished(() => {
            this.stop(name);
        });
    }

    #answer(name: string, method: string, path: string, body: string): Answer {
        if (method !== "GET") {
            this.done.push(`${name}: ${method} ${path}${body === "" ? "" : ` ${body}`}`);
            this.#change(name, path, body);
            return "";
        }
        switch (path) {
            case "/v1/agent/self":
                return {
                    Config: { NodeName: name, NodeID: `id of ${name}` },
                    Stats: { raft: { latest_configuration: this.formed ? "[servers]" : "[]" } },
                };
            case "/v1/agent/members":
                return [...this.members].map((node) => member(node));
            case "/v1/status/leader":
                return this.leader === "" || Date.now() < this.electionEnds
                    ? ""
                    : `${this.leader}:8300`;
            case "/v1/operator/raft/configuration":
                return { Servers: [...this.peers].map(peer) };
            case "/v1/operator/autopilot/health":
                return this.#health();
            default: {
                const [, node = ""] = /^\/v1\/catalog\/node\/(.*)$/.exec(path) ?? [];
                return this.catalog.has(node) ? { Node: { ID: `id of ${node}` } } : null;
            }
        }
    }

    #health(): Answer {
        const Servers = [...this.peers].map((name) =>
            serverHealth(name, {
                Leader: name === this.leader,
                Healthy: !this.unhealthy.has(name),
            }),
        );
        return { Healthy: this.unhealthy.size === 0, FailureTolerance: 1, Servers };
    }

    #change(name: string, path: string, body: string): void {
        const [, forced] = /^\/v1\/agent\/force-leave\/(.*)\?prune=1$/.exec(path) ?? [];
        const [, removed] = /^\/v1\/operator\/raft\/peer\?id=(.*)$/.exec(path) ?? [];
        if (path === "/v1/operator/raft/transfer-leader" && !this.keepsLeader) {
            this.leader = [...this.peers].find((other) => other !== name) ?? name;
        } else if (path === "/v1/agent/leave") {
            this.members.delete(name);
            this.peers.delete(name);
            if (!this.reregistering.has(name)) {
                this.catalog.delete(name);
            }
        } else if (forced !== undefined) {
            this.members.delete(forced);
        } else if (removed !== undefined) {
            this.peers.delete(decodeURIComponent(removed).replace("id of ", ""));
        } else if (path === "/v1/catalog/deregister") {
            this.catalog.delete((JSON.parse(body) as { Node: string }).Node);
        }
    }
}

function peer(name: string) {
    return { ID: `id of ${name}`, Node: name, Voter: true };
}

async function readText(message: IncomingMessage): Promise<string> {
    let text = "";
    for await (const chunk of message.setEncoding("utf8")) {
        text += String(chunk);
    }
    return text;
}
