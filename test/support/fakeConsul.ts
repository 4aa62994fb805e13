import { text } from "node:stream/consumers";
import type { ClusterHealth, Member, ServerHealth } from "../../scripts/consul/answers.ts";
import { httpServer } from "./httpServer.ts";

/** An agent's answers about itself and its cluster; a number is an HTTP status with which it fails. */
export interface AgentAnswers {
    readonly nodeName: string;
    readonly nodeId: string;
    readonly leader: string;
    /** Ids of the servers in its Raft configuration; undefined where it reports none. */
    readonly voters: readonly string[] | undefined;
    readonly members: readonly Member[];
    readonly health: ClusterHealth<readonly ServerHealth[] | null> | number;
    readonly appliedIndex: number;
    /** Fewest voters that autopilot leaves. */
    readonly minimumQuorum: number;
    /** Ids under which the catalog lists nodes, by name. */
    readonly catalog: Readonly<Record<string, string>>;
    /** What else it says of itself, and in place of it. @default nothing */
    readonly account?: Readonly<Record<string, object>>;
}

/** A stub of one Consul agent. */
export interface FakeAgent {
    readonly url: string;
    /** The writing requests, in order: `PUT /v1/agent/join/10.0.0.1`, and their bodies. */
    readonly written: string[];
}

/** A healthy voter as autopilot sees it. */
export function serverHealth(name: string, over: Partial<ServerHealth> = {}): ServerHealth {
    return {
        ID: `id of ${name}`,
        Name: name,
        SerfStatus: "alive",
        Healthy: true,
        Voter: true,
        Leader: false,
        LastIndex: 100,
        ...over,
    };
}

/** A member of the gossip pool; status 1 is alive. */
export function member(name: string, status = 1): Member {
    return { Name: name, Addr: "127.0.0.1", Status: status };
}

/** The answers of a server of a complete, healthy cluster; the first server leads. */
export function healthyCluster(self: string, servers: readonly string[]): AgentAnswers {
    return {
        nodeName: self,
        nodeId: `id of ${self}`,
        leader: "10.0.0.1:8300",
        voters: servers.map((name) => `id of ${name}`),
        members: servers.map((name) => member(name)),
        health: {
            Healthy: true,
            FailureTolerance: Math.ceil(servers.length / 2) - 1,
            Servers: servers.map((name, index) => serverHealth(name, { Leader: index === 0 })),
        },
        appliedIndex: 100,
        minimumQuorum: servers.length < 3 ? 0 : 3,
        catalog: Object.fromEntries(servers.map((name) => [name, `id of ${name}`])),
    };
}

/** The answers of a server that waits for the others of its first election. */
export function formingServer(self: string): AgentAnswers {
    const none = { Healthy: false, FailureTolerance: 0, Servers: null };
    return { ...healthyCluster(self, [self]), leader: "", voters: [], health: none };
}

/** Raft's configuration among an agent's own figures: as Go prints it. */
function configurationOf(voters: readonly string[] | undefined) {
    const servers = voters?.map((id) => `{Suffrage:Voter ID:${id} Address:10.0.0.1:8300}`);
    return servers === undefined ? {} : { latest_configuration: `[${servers.join(" ")}]` };
}

function answerTo(path: string, agent: AgentAnswers): unknown {
    switch (path) {
        case "/v1/agent/self":
            return {
                Config: { NodeName: agent.nodeName, NodeID: agent.nodeId },
                Stats: {
                    raft: {
                        applied_index: String(agent.appliedIndex),
                        ...configurationOf(agent.voters),
                    },
                },
                ...agent.account,
            };
        case "/v1/agent/members":
            return agent.members;
        case "/v1/status/leader":
            return agent.leader;
        case "/v1/operator/autopilot/health":
            return agent.health;
        case "/v1/operator/autopilot/configuration":
            return {
                MinQuorum: agent.minimumQuorum,
                LastContactThreshold: "200ms",
                ModifyIndex: 7,
            };
        default: {
            const [, node = ""] = /^\/v1\/catalog\/node\/(.*)$/.exec(path) ?? [];
            const id = agent.catalog[node];
            return node === "" ? 404 : id === undefined ? null : { Node: { ID: id } };
        }
    }
}

/**
 * An agent with given answers.
 *
 * @param say gives the answers to a request, from the number of writing requests before it.
 * @param refuses which writing requests fail, by their path.
 */
export async function fakeAgent(
    say: (written: number) => AgentAnswers,
    refuses: (path: string) => boolean = () => false,
): Promise<FakeAgent> {
    const written: string[] = [];
    const { url } = await httpServer((message, response) => {
        const path = message.url ?? "";
        const { method = "GET" } = message;
        if (method !== "GET") {
            void text(message).then((body) => {
                written.push(`${method} ${path}${body === "" ? "" : ` ${body}`}`);
                response.statusCode = refuses(path) ? 500 : 200;
                response.end();
            });
            return;
        }
        const answer = answerTo(path, say(written.length));
        const isUnhealthy =
            path.endsWith("/health") && Reflect.get(Object(answer), "Healthy") === false;
        response.statusCode = typeof answer === "number" ? answer : isUnhealthy ? 429 : 200;
        response.end(typeof answer === "number" ? "No cluster leader" : JSON.stringify(answer));
    });
    return { url, written };
}
