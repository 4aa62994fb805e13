import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { member, serverHealth } from "./fakeConsul.ts";

/** What is answered: a body, sent as JSON. */
type Answer = object | string | null;

/**
 * A stub of a cluster that lives: its agents share one state, and what they are asked to do changes
 * it. The first server leads.
 */
export class FakeCluster {
    /** What was done, in order, each by the agent that was asked: `a: PUT /v1/agent/leave`. */
    readonly done: string[] = [];
    /** The servers of Raft's configuration, all voting. */
    readonly peers: Set<string>;
    /** The gossip pool. */
    readonly members: Set<string>;
    /** What the catalog lists. */
    readonly catalog: Set<string>;
    /** Servers that autopilot calls unhealthy. */
    readonly sick = new Set<string>();
    /** Nodes that come back into the catalog when they leave. */
    readonly ghosts = new Set<string>();
    /** Who leads; "" for nobody. */
    leader: string;
    /** Until when an election goes on, by the clock: nobody knows a leader before. */
    electionEnds = 0;
    /** Whether there ever was an election. */
    formed = true;
    /** Whether leadership stays where it is. */
    clings = false;
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

    /** A node's HTTP API. One that was stopped has it where nobody answers. */
    address(name: string): string {
        const server = this.#servers.get(name);
        const { port } = (server?.address() ?? { port: 1 }) as AddressInfo;
        return `http://127.0.0.1:${port}`;
    }

    /** The HTTP APIs of these nodes, by name. */
    addresses(names: Iterable<string>): Record<string, string> {
        return Object.fromEntries([...names].map((name) => [name, this.address(name)]));
    }

    /** Ends an agent as a crash does: the others keep it. */
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
            serverHealth(name, { Leader: name === this.leader, Healthy: !this.sick.has(name) }),
        );
        return { Healthy: this.sick.size === 0, FailureTolerance: 1, Servers };
    }

    #change(name: string, path: string, body: string): void {
        const [, forced] = /^\/v1\/agent\/force-leave\/(.*)\?prune=1$/.exec(path) ?? [];
        const [, removed] = /^\/v1\/operator\/raft\/peer\?id=(.*)$/.exec(path) ?? [];
        if (path === "/v1/operator/raft/transfer-leader" && !this.clings) {
            this.leader = [...this.peers].find((other) => other !== name) ?? name;
        } else if (path === "/v1/agent/leave") {
            this.members.delete(name);
            this.peers.delete(name);
            if (!this.ghosts.has(name)) {
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
