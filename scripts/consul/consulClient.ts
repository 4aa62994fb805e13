import type { IncomingMessage } from "node:http";
import { readBody, sendRequest, type HttpRequest, type HttpTarget } from "../system/http.ts";

/** A server as the leader's autopilot sees it. */
export interface ServerHealth {
    readonly ID: string;
    readonly Name: string;
    readonly SerfStatus: string;
    readonly Healthy: boolean;
    readonly Voter: boolean;
    readonly Leader: boolean;
    readonly LastIndex: number;
}

/** The cluster as the leader's autopilot sees it. */
export interface ClusterHealth {
    readonly Healthy: boolean;
    readonly FailureTolerance: number;
    readonly Servers: readonly ServerHealth[] | null;
}

/** An agent's account of itself. */
export interface AgentSelf {
    readonly Config: {
        readonly NodeName: string;
        readonly NodeID: string;
        readonly Datacenter: string;
        /** Consul's version, such as `1.22.2`. */
        readonly Version?: string;
    };
    readonly Stats: { readonly raft?: Readonly<Record<string, string>> };
}

/** A member of the gossip pool. Status 1 is alive. */
export interface Member {
    readonly Name: string;
    readonly Addr: string;
    readonly Status: number;
    /** What it says of itself; `id` is its node's id. */
    readonly Tags?: Readonly<Record<string, string>>;
}

/** serf's number for a member that is alive, and for one that has left. */
export const alive = 1;
export const left = 3;

/** Autopilot's settings, as Raft holds them; those that we do not look at go along unchanged. */
export interface AutopilotSettings {
    /** The fewest voters that cleaning up failed servers may leave. */
    readonly MinQuorum: number;
    /** Raft's index of the last change: a change is refused where another came between. */
    readonly ModifyIndex: number;
}

/** A node in the catalog. */
interface CatalogNode {
    readonly Node: { readonly ID: string };
}

/** A server in Raft's configuration. */
export interface RaftPeer {
    readonly ID: string;
    readonly Node: string;
    readonly Voter: boolean;
}

/** A service as its agent knows it. */
export interface AgentService {
    readonly ID: string;
    readonly Meta: Readonly<Record<string, string>> | null;
}

interface RaftConfiguration {
    readonly Servers: readonly RaftPeer[] | null;
}

/** Milliseconds for one answer; without a leader, autopilot's endpoints hang. */
const defaultTimeoutMs = 3000;

/** How long an agent may take to leave: Consul gives itself fifteen seconds. */
const leaveTimeoutMs = 30_000;

/** By what rights, and over which connection, a client talks to an agent. */
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
    /** Statuses besides 2xx that are an answer like any other. @default none */
    readonly alsoFine?: readonly number[];
    /** Milliseconds for the whole answer. @default 3000 */
    readonly timeoutMs?: number;
}

/** What an agent's API offers besides its answers. */
export interface ApiOffers {
    /** Whether leadership can be handed over. */
    readonly handOver: boolean;
    /** Whether autopilot counts out failed servers, and can be told how many to keep. */
    readonly autopilot: boolean;
    /** Whether an agent can be told to leave. */
    readonly leave: boolean;
}

/** The questions that the gates ask of one agent. */
export class ConsulClient {
    /** For example `http://10.0.0.11:8500`. */
    readonly httpAddress: string;
    readonly offers: ApiOffers = { handOver: true, autopilot: true, leave: true };
    readonly #target: HttpTarget;
    readonly #basePath: string;
    readonly #tokenHeader: Readonly<Record<string, string>>;

    /** @throws Error for an `https` address without a CA certificate. */
    constructor(httpAddress: string, { token, ca, serverName }: ConsulAccess = {}) {
        this.httpAddress = httpAddress;
        this.#tokenHeader = token === undefined ? {} : { "x-consul-token": token };
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

    /** Who the agent says it is. */
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

    /**
     * Whether this server holds a Raft configuration: none does before the first election. Read
     * from the agent's own figures: Raft's endpoint, asked without a leader, waits ten seconds
     * before it says that there is none.
     */
    async hasRaftConfiguration(): Promise<boolean> {
        const { Stats } = await this.self();
        const configuration = Stats.raft?.latest_configuration ?? "[]";
        return configuration !== "[]";
    }

    /** The cluster's health; an unhealthy one is an answer like any other. */
    health(): Promise<ClusterHealth> {
        return this.get<ClusterHealth>("/v1/operator/autopilot/health", { alsoFine: [429] });
    }

    /** How autopilot is set. */
    autopilotSettings(): Promise<AutopilotSettings> {
        return this.get<AutopilotSettings>("/v1/operator/autopilot/configuration");
    }

    /** Sets autopilot, unless somebody else has since these settings were read. */
    async setAutopilot(settings: AutopilotSettings): Promise<void> {
        const path = `/v1/operator/autopilot/configuration?cas=${settings.ModifyIndex}`;
        await this.text(path, { method: "PUT", body: JSON.stringify(settings) });
    }

    /** Raft's voters as the leader has them, with their ids. */
    async raftPeers(): Promise<readonly RaftPeer[]> {
        const { Servers } = await this.get<RaftConfiguration>("/v1/operator/raft/configuration");
        return Servers ?? [];
    }

    /**
     * Hands leadership to another server; only asked where this cluster has a leader.
     *
     * @param id the server's. @default the one that the leader takes to be furthest
     */
    async transferLeadership(id?: string): Promise<void> {
        const to = id === undefined ? "" : `?id=${encodeURIComponent(id)}`;
        await this.text(`/v1/operator/raft/transfer-leader${to}`, { method: "POST" });
    }

    /** Asks the agent to leave the cluster in good order; it answers when it has, and then ends. */
    async leave(): Promise<void> {
        await this.text("/v1/agent/leave", { method: "PUT", timeoutMs: leaveTimeoutMs });
    }

    /** Declares a member that no longer answers to have left, and drops it from the list. */
    async forceLeave(node: string): Promise<void> {
        await this.text(`/v1/agent/force-leave/${node}?prune=1`, { method: "PUT" });
    }

    /** Removes a server that is gone from Raft. */
    async removePeer(id: string): Promise<void> {
        await this.text(`/v1/operator/raft/peer?id=${encodeURIComponent(id)}`, {
            method: "DELETE",
        });
    }

    /** Whether the catalog lists the node. */
    async isRegistered(node: string): Promise<boolean> {
        return (await this.registeredId(node)) !== undefined;
    }

    /** The id under which the catalog lists the node; undefined where it does not. */
    async registeredId(node: string): Promise<string | undefined> {
        return (await this.get<CatalogNode | null>(`/v1/catalog/node/${node}`))?.Node.ID;
    }

    /** Takes a node, and all that is registered on it, out of the catalog. */
    async deregister(node: string): Promise<void> {
        const body = JSON.stringify({ Node: node });
        await this.text("/v1/catalog/deregister", { method: "PUT", body });
    }

    /** Asks the agent to read its configuration files again. */
    async reload(): Promise<void> {
        await this.text("/v1/agent/reload", { method: "PUT" });
    }

    /** Asks the agent to join another. */
    async join(address: string): Promise<void> {
        await this.text(`/v1/agent/join/${address}`, { method: "PUT" });
    }

    /** The services that are registered with this agent, by their ids. */
    services(): Promise<Readonly<Record<string, AgentService>>> {
        return this.get<Readonly<Record<string, AgentService>>>("/v1/agent/services");
    }

    /** Registers a service with this agent, or changes it; checks that it no longer has end. */
    async registerService(definition: object): Promise<void> {
        const path = "/v1/agent/service/register?replace-existing-checks=true";
        await this.text(path, { method: "PUT", body: JSON.stringify(definition) });
    }

    /** Takes a service out of this agent; one that it does not know is out already. */
    async deregisterService(id: string): Promise<void> {
        const path = `/v1/agent/service/deregister/${encodeURIComponent(id)}`;
        await this.text(path, { method: "PUT", alsoFine: [404] });
    }

    /** Reads an answer, taken to be of this type. */
    async get<T>(path: string, request: ConsulRequest = {}): Promise<T> {
        return JSON.parse(await this.text(path, request)) as T;
    }

    /**
     * Begins an answer that goes on, such as that of `/v1/agent/monitor`.
     *
     * @param totalTimeoutMs after which reading it fails.
     */
    stream(path: string, totalTimeoutMs: number): Promise<IncomingMessage> {
        return this.send(path, { timeoutMs: totalTimeoutMs });
    }

    /** Sends a request, and reads the answer as text. */
    protected async text(path: string, request: ConsulRequest = {}): Promise<string> {
        return readBody(await this.send(path, request));
    }

    /**
     * Sends a request; the body of the answer is still to be read.
     *
     * @throws ConsulError for a status of 400 or more that is not among those that are fine.
     */
    async send(path: string, request: ConsulRequest = {}): Promise<IncomingMessage> {
        const { alsoFine = [], timeoutMs = defaultTimeoutMs, headers, ...rest } = request;
        const response = await sendRequest(this.#target, {
            ...rest,
            path: this.#basePath + path,
            headers: { ...this.#tokenHeader, ...headers },
            totalTimeoutMs: timeoutMs,
        });
        const { statusCode = 0 } = response;
        if (statusCode >= 400 && !alsoFine.includes(statusCode)) {
            throw new ConsulError(path, statusCode, (await readBody(response)).trim());
        }
        return response;
    }
}
