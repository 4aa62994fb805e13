import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { member, serverHealth } from "./fakeConsul.ts";
import { agentCertificate, type FakeAcls } from "./securedAgents.ts";

/** The body of an answer, sent as JSON. */
type Answer = object | string | null;

/** Where an agent listens. */
interface ListenPlace {
    readonly host: string;
    readonly port: number;
    readonly isPlain?: boolean;
}

const loopback: ListenPlace = { host: "127.0.0.1", port: 0 };

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
    /** Version and commit of every agent's Consul, as gossip has them. @default none is told */
    build: string | undefined;
    readonly #acls: FakeAcls | undefined;
    readonly #servers = new Map<string, Server>();

    private constructor(servers: readonly string[], clients: readonly string[], acls?: FakeAcls) {
        this.#acls = acls;
        this.peers = new Set(servers);
        this.members = new Set([...servers, ...clients]);
        this.catalog = new Set(this.members);
        this.leader = servers[0] ?? "";
    }

    /**
     * Starts an agent for each node; they end with the running test.
     *
     * @param acls who may ask for what, over TLS alone. @default the cluster is open
     */
    static async start(
        servers: readonly string[],
        clients: readonly string[] = [],
        acls?: FakeAcls,
    ): Promise<FakeCluster> {
        const cluster = new FakeCluster(servers, clients, acls);
        await Promise.all([...servers, ...clients].map((name) => cluster.listen(name)));
        return cluster;
    }

    /** Address of a node's HTTP API; for one that was stopped, an address where no server listens. */
    address(name: string): string {
        const server = this.#servers.get(name);
        const { port } = (server?.address() ?? { port: 1 }) as AddressInfo;
        return `${this.#acls === undefined ? "http" : "https"}://127.0.0.1:${port}`;
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

    /** Starts a node's agent. @param at where, and whether without TLS. @default a free port */
    async listen(
        name: string,
        { isPlain = this.#acls === undefined, ...at }: ListenPlace = loopback,
    ): Promise<void> {
        this.stop(name);
        const answerAll = (message: IncomingMessage, response: ServerResponse) => {
            void readText(message).then((body) => {
                if (!this.#admits(name, message, response)) {
                    return;
                }
                const answer = this.#answer(name, message.method ?? "", message.url ?? "", body);
                response.end(JSON.stringify(answer), () => {
                    if (message.url === "/v1/agent/leave") {
                        this.stop(name);
                    }
                });
            });
        };
        const server = isPlain
            ? createServer(answerAll)
            : createTlsServer(await agentCertificate(name), answerAll);
        this.#servers.set(name, server);
        await new Promise<void>((ready) => server.listen(at, ready));
        onTestFinished(() => {
            this.stop(name);
        });
    }

    /** Whether the agent answers this; where it does not, it has said so, or said half of it. */
    #admits(name: string, message: IncomingMessage, response: ServerResponse): boolean {
        const { method = "", url = "", headers } = message;
        const token = headers["x-consul-token"];
        const verdict = this.#acls?.judge(name, method, url, token?.toString()) ?? "granted";
        if (verdict === "refused") {
            response.statusCode = 403;
            response.end("Permission denied");
        } else if (verdict === "filtered") {
            response.setHeader("X-Consul-Results-Filtered-By-ACLs", "true");
            response.end("null");
        } else if (this.#acls === undefined && token !== undefined) {
            throw new Error(`${name}: a token was sent to the agent of an open cluster`);
        }
        return verdict === "granted";
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
                    Stats: {
                        raft: {
                            applied_index: "100",
                            latest_configuration: this.formed ? "[servers]" : "[]",
                        },
                    },
                };
            case "/v1/agent/members":
                return [...this.members].map((node) => ({
                    ...member(node),
                    ...(this.build === undefined ? {} : { Tags: { build: this.build } }),
                }));
            case "/v1/status/leader":
                return this.leader === "" || Date.now() < this.electionEnds
                    ? ""
                    : `${this.leader}:8300`;
            case "/v1/operator/raft/configuration":
                return { Servers: [...this.peers].map(peer) };
            case "/v1/operator/autopilot/health":
                return this.#health();
            case "/v1/operator/autopilot/configuration":
                return { MinQuorum: 0, ModifyIndex: 7 };
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
            const others = [...this.peers].filter((other) => other !== this.leader);
            this.leader = others.find((other) => other !== name) ?? others[0] ?? name;
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
