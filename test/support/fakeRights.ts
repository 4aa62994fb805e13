import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ClusterRights, Rotation, SecuredNode } from "../../scripts/protocol/security.ts";
import type { NodeFiles } from "../../scripts/security/nodeFiles.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import { httpServer } from "./httpServer.ts";
import { origin, secrets } from "./securedAgents.ts";
import { tempFolder } from "./tempFolder.ts";

/** A token as the cluster has it. */
export type FakeToken = Readonly<Record<string, unknown>> & {
    readonly AccessorID: string;
    readonly SecretID: string;
    readonly Description: string;
};

/** An answer that is no success. */
export class Refusal extends Error {
    readonly status: number;

    constructor(status: number, message: string) {
        super(message);
        this.status = status;
    }
}

const globalManagement = "00000000-0000-0000-0000-000000000001";

/** A cluster's tokens, policies and gossip keys: what its agents' API says and does of them. All agents are at one
 * address, each below its name. */
export class FakeRights {
    /** By their public ids. At first the one that the servers' configuration brings in. */
    readonly tokens = new Map<string, FakeToken>();
    /** Policies by their ids. */
    readonly policies = new Map<
        string,
        Readonly<Record<string, unknown>> & { readonly ID: string }
    >();
    /** Each node's gossip keys, the one in use first. */
    readonly rings: Record<string, string[]>;
    /** Nodes that are not alive. */
    readonly away = new Set<string>();
    /** Where members are, by name. */
    readonly addresses: Record<string, string> = {};
    /** The recovery tokens that agents take, by node. */
    readonly recovery: Record<string, string>;
    /** Whether the leader accepts any token yet. */
    leader: string;
    /** What was written, in order, without secrets: `PUT acl/token`. */
    readonly written: string[] = [];
    /** Done when leadership has been transferred. */
    elected: () => void = () => undefined;
    readonly nodes: readonly string[];

    constructor(nodes: readonly string[], keys: readonly string[] = [secrets.gossipKey]) {
        this.nodes = nodes;
        this.leader = nodes[0] ?? "";
        this.rings = Object.fromEntries(nodes.map((node) => [node, [...keys]]));
        this.recovery = Object.fromEntries(
            nodes.map((node) => [node, secrets.nodeToken("recovery", node).secretId]),
        );
        this.bringIn(secrets.token("management").secretId);
    }

    /** Has the cluster know a management token under an id and a description of Consul's. */
    bringIn(secretId: string): void {
        const token = {
            AccessorID: randomUUID(),
            SecretID: secretId,
            Description: "Initial Management Token",
            Policies: [{ ID: globalManagement, Name: "global-management" }],
        };
        this.tokens.set(token.AccessorID, token);
    }

    /** How many questions for the gossip keys fail, as they do while a member that has just ended counts as alive. */
    unanswered = 0;

    /** The descriptions of all tokens, sorted. */
    get descriptions(): string[] {
        return [...this.tokens.values()].map(({ Description }) => Description).sort();
    }

    /** Serves it. @returns the rights to ask it, whose nodes are its own; the ones named `c...` are clients. */
    async serve(rotation: Rotation = origin.rotation): Promise<ClusterRights> {
        const { url } = await httpServer((message, response) => {
            void text(message).then((body) => {
                try {
                    const token = String(message.headers["x-consul-token"] ?? "");
                    const [, node = "", path = ""] =
                        /^\/([^/]+)\/v1\/(.*)$/.exec(message.url ?? "") ?? [];
                    const answer = this.answer(message.method ?? "", node, path, token, body);
                    response.end(JSON.stringify(answer ?? null));
                } catch (error) {
                    response.statusCode = error instanceof Refusal ? error.status : 500;
                    response.end(error instanceof Error ? error.message : "");
                }
            });
        });
        const access = join(await tempFolder(), "access", "proj%2Fdev%2Fconsul.json");
        return { access, rotation, nodes: nodesAt(url, this.nodes) };
    }

    /** What a node's agent answers. @throws Refusal where that is no success. */
    answer(method: string, node: string, path: string, token: string, body: string): unknown {
        const sent = parseJson(body);
        if (method !== "GET") {
            this.written.push(`${method} ${path}`);
        }
        switch (`${method} ${path.replace(/(token|policy)\/(?!self).*$/, "$1/ID")}`) {
            case "GET status/leader":
                return this.leader;
            case "GET agent/self":
                return this.#self(node, token);
            case "PUT agent/token/ID":
                return token === this.recovery[node] ? undefined : refuse(403, "ACL not found");
            case "GET agent/members":
                return this.nodes.map((Name) => ({
                    Name,
                    Addr: this.addresses[Name] ?? "127.0.0.1",
                    Status: this.away.has(Name) ? 4 : 1,
                }));
            case "GET operator/autopilot/health":
                return { Servers: this.#servers() };
            case "POST operator/raft/transfer-leader":
                this.leader = this.#servers().find(({ Leader }) => !Leader)?.Name ?? this.leader;
                this.elected();
                return undefined;
            default:
                return path === "operator/keyring"
                    ? this.#keyring(method, String(property(sent, "Key")))
                    : this.#acl(method, path, token, sent as FakeToken);
        }
    }

    #servers() {
        return this.nodes
            .filter((name) => !name.startsWith("c"))
            .map((Name) => ({ Name, Voter: true, Healthy: true, Leader: Name === this.leader }));
    }

    #self(node: string, token: string): object {
        if (token !== this.recovery[node]) {
            throw new Refusal(403, "ACL not found");
        }
        return { Config: { NodeName: node } };
    }

    #keyring(method: string, key: string): unknown {
        const living = this.nodes.filter((node) => !this.away.has(node));
        const count = (keys: readonly (string | undefined)[]): Readonly<Record<string, number>> => {
            const each = [...new Set(keys)].filter((key) => key !== undefined);
            return Object.fromEntries(
                each.map((key) => [key, keys.filter((one) => one === key).length]),
            );
        };
        if (method === "GET") {
            this.unanswered -= 1;
            if (this.unanswered >= 0) {
                throw new Refusal(500, "dc1 (LAN) error: 2/3 nodes reported success");
            }
            return [
                {
                    WAN: false,
                    NumNodes: living.length,
                    Keys: count(living.flatMap((node) => this.rings[node] ?? [])),
                    PrimaryKeys: count(living.map((node) => this.rings[node]?.[0])),
                },
            ];
        }
        for (const node of living) {
            const others = (this.rings[node] ?? []).filter((one) => one !== key);
            const has = others.length < (this.rings[node] ?? []).length;
            const after = { POST: [...others, key], PUT: [key, ...others], DELETE: others }[method];
            this.rings[node] = method === "POST" && has ? (this.rings[node] ?? []) : (after ?? []);
        }
        return undefined;
    }

    #acl(method: string, path: string, secretId: string, sent: FakeToken): unknown {
        const own = [...this.tokens.values()].find(({ SecretID }) => SecretID === secretId);
        if (path === "acl/token/self") {
            return own ?? refuse(403, "token does not exist: ACL not found");
        }
        if (!JSON.stringify(own?.Policies ?? []).includes(globalManagement)) {
            throw new Refusal(403, "ACL not found");
        }
        const [, kind = "", id = ""] = /^acl\/(\w+)\/?(.*)$/.exec(path) ?? [];
        switch (`${method} ${kind}`) {
            case "GET tokens":
                return [...this.tokens.values()];
            case "GET policies":
                return [...this.policies.values()].map(({ ID, Name }) => ({ ID, Name }));
            case "GET policy":
                return this.policies.get(id) ?? refuse(404, "Requested policy does not exist");
            case "DELETE token":
                return this.tokens.delete(id) || refuse(403, "token does not exist");
            case "PUT token":
                this.#putToken(id, sent);
                return undefined;
            case "PUT policy": {
                const ID = id === "" ? randomUUID() : id;
                this.policies.set(ID, { ...sent, ID });
                return undefined;
            }
            default:
                return refuse(404, path);
        }
    }

    #putToken(id: string, sent: FakeToken): void {
        const isTaken = [...this.tokens.values()].some(
            ({ AccessorID, SecretID }) =>
                AccessorID === sent.AccessorID || SecretID === sent.SecretID,
        );
        if (id === "" && isTaken) {
            throw new Refusal(500, "AccessorID is already in use");
        }
        const known = this.tokens.get(id);
        const ids = known === undefined ? {} : { AccessorID: id, SecretID: known.SecretID };
        const token = { ...sent, ...ids };
        this.tokens.set(token.AccessorID, token);
    }
}

function refuse(status: number, message: string): never {
    throw new Refusal(status, message);
}

/** Nodes whose agents answer at one address, each below its name. */
export function nodesAt(url: string, names: readonly string[]): Record<string, SecuredNode> {
    return Object.fromEntries(
        names.map((name) => [
            name,
            {
                role: name.startsWith("c") ? ("client" as const) : ("server" as const),
                httpAddress: `${url}/${name}`,
                agent: { store: "store", machine: name, container: "agent" },
            },
        ]),
    );
}

/** Files of a cluster's agents, by `node file`. */
export class FakeFiles implements NodeFiles {
    readonly texts = new Map<string, string>();
    /** Nodes whose machines do not answer. */
    readonly unreachable = new Set<string>();
    /** Done when a node gets gossip keys. */
    repaired: (node: string, keys: readonly string[]) => void = () => undefined;
    /** Nodes that have a container. */
    readonly #nodes: readonly string[];

    constructor(nodes: readonly string[]) {
        this.#nodes = nodes;
    }

    readonly read: NodeFiles["read"] = ({ nodeName }, file) =>
        this.#reach(nodeName, () => this.texts.get(`${nodeName} ${file}`));

    readonly write: NodeFiles["write"] = ({ nodeName }, texts) =>
        this.#reach(nodeName, () => {
            for (const [file, content] of Object.entries(texts)) {
                this.texts.set(`${nodeName} ${file}`, content);
            }
            return this.#nodes.includes(nodeName);
        });

    readonly rewriteKeyring: NodeFiles["rewriteKeyring"] = ({ nodeName }, keys) =>
        this.#reach(nodeName, () => {
            this.repaired(nodeName, keys);
            return true;
        });

    #reach<T>(node: string, work: () => T): Promise<T> {
        return this.unreachable.has(node)
            ? Promise.reject(new Error(`${node}: its engine does not answer`))
            : Promise.resolve(work());
    }
}
