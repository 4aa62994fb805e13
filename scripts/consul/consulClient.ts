import type { IncomingMessage } from "node:http";
import { readBody, sendRequest, type HttpRequest, type HttpTarget } from "../system/http.ts";
import type {
    AgentSelf,
    AgentService,
    AutopilotSettings,
    ClusterHealth,
    Member,
    RaftPeer,
    ServerHealth,
} from "./answers.ts";

/** Milliseconds for one answer; without a leader, autopilot's endpoints hang. */
const defaultTimeoutMs = 3000;

/** Milliseconds for an agent to leave: Consul gives itself fifteen seconds. */
const leaveTimeoutMs = 30_000;

/** A client's rights, and how it verifies an agent. */
export interface ConsulAccess {
    /** ACL token. @default the anonymous one */
    readonly token?: string | undefined;
    /** Certificate of the CA that signed the agent's certificate, PEM; needed for `https`. */
    readonly ca?: string | undefined;
    /** Name that the agent's certificate must have. @default the address's host */
    readonly serverName?: string | undefined;
}

/** An answer of an agent that is not a success. */
export class ConsulError extends Error {
    readonly status: number;

    constructor(path: string, status: number, text: string) {
        super(`${path}: ${status} ${text}`);
        this.status = status;
    }
}

/** One request to an agent. */
export interface ConsulRequest extends Pick<HttpRequest, "method" | "body" | "headers"> {
    /** Statuses of 400 or more that are no error. @default none */
    readonly alsoFine?: readonly number[];
    /** Milliseconds for the whole answer. @default 3000 */
    readonly timeoutMs?: number;
}

/** What not every version's API can do: transfer leadership, run autopilot, have an agent leave. */
export type ApiOffers = Readonly<Record<"transfer" | "autopilot" | "leave", boolean>>;

/** The HTTP API of one agent. Its methods fail with a {@link ConsulError}, or where no answer comes. */
export class ConsulClient {
    /** For example `http://10.0.0.11:8500`. */
    readonly httpAddress: string;
    readonly offers: ApiOffers = { transfer: true, autopilot: true, leave: true };
    readonly #target: HttpTarget;
    readonly #basePath: string;
    protected readonly access: ConsulAccess;

    /** @throws Error for an `https` address without a CA certificate. */
    constructor(httpAddress: string, access: ConsulAccess = {}) {
        this.httpAddress = httpAddress;
        this.access = access;
        const { ca, serverName } = access;
        const { protocol, hostname, port, pathname } = new URL(httpAddress);
        const isTls = protocol === "https:";
        if (isTls && ca === undefined) {
            throw new Error(`${httpAddress}: no CA certificate is known to verify it by`);
        }
        this.#basePath = pathname.replace(/\/$/, "");
        this.#target = {
            // An IPv6 address without its brackets.
            host: hostname.replace(/^\[|\]$/g, ""),
            port: port === "" ? (isTls ? 443 : 80) : Number(port),
            tls: isTls && ca !== undefined ? { ca, serverName } : undefined,
        };
    }

    /** The agent's account of itself. */
    self(): Promise<AgentSelf> {
        return this.get<AgentSelf>("/v1/agent/self");
    }

    /** The gossip pool as this agent sees it. */
    members(): Promise<readonly Member[]> {
        return this.get<readonly Member[]>("/v1/agent/members");
    }

    /** The leader's Raft address, empty while there is none. */
    leader(): Promise<string> {
        return this.get<string>("/v1/status/leader");
    }

    /** Whether this server holds a Raft configuration: none does before the first election. Read
     * from the agent's own figures, because Raft's endpoint takes ten seconds to report a missing
     * leader. */
    async hasRaftConfiguration(): Promise<boolean> {
        const { Stats } = await this.self();
        const configuration = Stats.raft?.latest_configuration ?? "[]";
        return configuration !== "[]";
    }

    /** The cluster's health; 429 is the status of an unhealthy one, and null stands for no servers. */
    async health(): Promise<ClusterHealth> {
        const path = "/v1/operator/autopilot/health";
        const health = await this.get<ClusterHealth<readonly ServerHealth[] | null>>(path, {
            alsoFine: [429],
        });
        return { ...health, Servers: health.Servers ?? [] };
    }

    autopilotSettings(): Promise<AutopilotSettings> {
        return this.get<AutopilotSettings>("/v1/operator/autopilot/configuration");
    }

    /** Sets autopilot, unless its settings have changed since these were read. */
    async setAutopilot(settings: AutopilotSettings): Promise<void> {
        const path = `/v1/operator/autopilot/configuration?cas=${settings.ModifyIndex}`;
        await this.text(path, { method: "PUT", body: JSON.stringify(settings) });
    }

    /** The servers of Raft's configuration, as the leader has it. */
    async raftPeers(): Promise<readonly RaftPeer[]> {
        const path = "/v1/operator/raft/configuration";
        return (
            (await this.get<{ readonly Servers: readonly RaftPeer[] | null }>(path)).Servers ?? []
        );
    }

    /** Has the leader transfer leadership: to the server of this id, or the follower with the newest log. */
    async transferLeadership(id?: string): Promise<void> {
        const to = id === undefined ? "" : `?id=${encodeURIComponent(id)}`;
        await this.text(`/v1/operator/raft/transfer-leader${to}`, { method: "POST" });
    }

    /** Has the agent leave the cluster; it answers once it has left, and then ends. */
    async leave(): Promise<void> {
        await this.text("/v1/agent/leave", { method: "PUT", timeoutMs: leaveTimeoutMs });
    }

    /** Marks a member that does not respond as left, and removes it from the list. */
    async forceLeave(node: string): Promise<void> {
        await this.text(`/v1/agent/force-leave/${node}?prune=1`, { method: "PUT" });
    }

    /** Removes a server from Raft's configuration. */
    async removePeer(id: string): Promise<void> {
        const path = `/v1/operator/raft/peer?id=${encodeURIComponent(id)}`;
        await this.text(path, { method: "DELETE" });
    }

    /** The id under which the catalog lists the node; undefined where it does not. */
    async registeredId(node: string): Promise<string | undefined> {
        const path = `/v1/catalog/node/${node}`;
        return (await this.get<{ readonly Node: { readonly ID: string } } | null>(path))?.Node.ID;
    }

    /** Removes a node, and all that is registered on it, from the catalog. */
    async deregister(node: string): Promise<void> {
        const body = JSON.stringify({ Node: node });
        await this.text("/v1/catalog/deregister", { method: "PUT", body });
    }

    /** Has the agent read its configuration files again. */
    async reload(): Promise<void> {
        await this.text("/v1/agent/reload", { method: "PUT" });
    }

    /** Has the agent join another one. */
    async join(address: string): Promise<void> {
        await this.text(`/v1/agent/join/${address}`, { method: "PUT" });
    }

    /** The services that are registered with this agent, by their ids. */
    services(): Promise<Readonly<Record<string, AgentService>>> {
        return this.get<Readonly<Record<string, AgentService>>>("/v1/agent/services");
    }

    /** Registers a service with this agent, or changes it; its former checks are removed. */
    async registerService(definition: object): Promise<void> {
        const path = "/v1/agent/service/register?replace-existing-checks=true";
        await this.text(path, { method: "PUT", body: JSON.stringify(definition) });
    }

    /** Removes a service from this agent, if it has it. */
    async deregisterService(id: string): Promise<void> {
        const path = `/v1/agent/service/deregister/${encodeURIComponent(id)}`;
        await this.text(path, { method: "PUT", alsoFine: [404] });
    }

    /** Reads a JSON answer, taken to be of this type. */
    async get<T>(path: string, request: ConsulRequest = {}): Promise<T> {
        return JSON.parse(await this.text(path, request)) as T;
    }

    /** Begins an answer that goes on, such as that of `/v1/agent/monitor`; reading it fails in the end. */
    stream(path: string, totalTimeoutMs: number): Promise<IncomingMessage> {
        return this.send(path, { timeoutMs: totalTimeoutMs });
    }

    protected async text(path: string, request: ConsulRequest): Promise<string> {
        return readBody(await this.send(path, request));
    }

    /**
     * Sends a request; the body of the answer is still to be read.
     *
     * @throws ConsulError for a status of 400 or more that is not among those that are fine.
     */
    async send(path: string, request: ConsulRequest = {}): Promise<IncomingMessage> {
        const { alsoFine = [], timeoutMs = defaultTimeoutMs, headers, ...rest } = request;
        const { token } = this.access;
        const response = await sendRequest(this.#target, {
            ...rest,
            path: this.#basePath + path,
            headers: { ...(token === undefined ? {} : { "x-consul-token": token }), ...headers },
            totalTimeoutMs: timeoutMs,
        });
        const { statusCode = 0 } = response;
        if (statusCode >= 400 && !alsoFine.includes(statusCode)) {
            throw new ConsulError(path, statusCode, (await readBody(response)).trim());
        }
        return response;
    }
}
