import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import type { ClusterRights, SecuredNode } from "../../scripts/protocol/security.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import { serverHealth } from "./fakeConsul.ts";
import { FakeRights, Refusal } from "./fakeRights.ts";
import { fakeVolumes, type FakeVolumes } from "./fakeVolumes.ts";
import { origin, secrets } from "./securedAgents.ts";
import { tempFolder } from "./tempFolder.ts";

const configFile = "/consul-machines/agent.json";
const keyringFile = "/consul/data/serf/local.keyring";
const rights = { mode: 0o644, uid: 0, gid: 0 };

/** How far an agent is by what it was started with: 0 in an open cluster. */
export type Round = 0 | 1 | 2;

/**
 * A cluster of open agents, each with a machine and an engine of its own, that answer without TLS. An agent does what
 * the files say that it was started with. The nodes named `c...` are client agents.
 */
export class FakeOpenCluster {
    readonly names: readonly string[];
    /** What happened to agents, in order: `b stops`, `a hands over`. */
    readonly log: string[] = [];
    /** What must never be: a server stopped that leads, or while another one is down; agents that do not understand
     * each other. */
    readonly violations: string[] = [];
    readonly acl: FakeRights;
    readonly machines = new Map<string, FakeVolumes>();
    /** Members that are declared nowhere. */
    readonly strangers: string[] = [];
    /** Nodes whose agents do not come back once they are stopped. */
    readonly broken = new Set<string>();
    /** Servers that the leader calls unhealthy. */
    readonly unhealthy = new Set<string>();
    /** Counts what the engines change; the one of this number fails, and all after it. @default none does */
    failsFrom = Infinity;
    changes = 0;
    readonly #closing: (() => void)[] = [];
    readonly #rounds = new Map<string, Round>();

    private constructor(names: readonly string[]) {
        this.names = names;
        this.acl = new FakeRights(names);
    }

    /** Starts it. @param config of every agent, besides what all have. */
    static async start(names: readonly string[], config: object = {}): Promise<FakeOpenCluster> {
        const cluster = new FakeOpenCluster(names);
        // The servers' configuration brings it in, with the first round.
        cluster.acl.tokens.clear();
        for (const name of names) {
            await cluster.#add(name, config);
        }
        return cluster;
    }

    /** What its rights are made of. */
    async rightsOf(): Promise<ClusterRights> {
        const nodes = [...this.machines].map(
            ([name, { store, machine }]): [string, SecuredNode] => [
                name,
                {
                    role: name.startsWith("c") ? ("client" as const) : ("server" as const),
                    httpAddress: `https://${this.hostOf(name)}:8501`,
                    agent: { store, machine, container: "consul" },
                },
            ],
        );
        const access = `${await tempFolder()}/access/proj%2Fdev%2Fconsul.json`;
        return { access, rotation: origin.rotation, nodes: Object.fromEntries(nodes) };
    }

    /** How far each agent is. */
    get rounds(): Readonly<Record<string, Round>> {
        return Object.fromEntries(this.#rounds);
    }

    /** Ends its agents before the test does. */
    close(): void {
        this.#closing.splice(0).forEach((close) => {
            close();
        });
    }

    hostOf(name: string): string {
        return `127.0.7.${this.names.indexOf(name) + 1}`;
    }

    /** A file on a node's machine. */
    file(name: string, path: string): string | undefined {
        return this.machines.get(name)?.files.get(path)?.text;
    }

    async #add(name: string, config: object): Promise<void> {
        const machine = await fakeVolumes({ isRunning: true, hasVolumes: false });
        machine.files.set(configFile, { text: JSON.stringify({ a: 1, ...config }), ...rights });
        machine.disturb = (what) => {
            this.changes += 1;
            if (this.changes >= this.failsFrom) {
                throw new Error("killed");
            }
            if (what === "stop") {
                this.#stop(name);
            }
        };
        machine.started = () => {
            this.log.push(`${name} starts`);
            this.#start(name);
        };
        this.machines.set(name, machine);
        this.#rounds.set(name, 0);
        await this.#serve(name);
    }

    #stop(name: string): void {
        this.log.push(`${name} stops`);
        const servers = this.names.filter((one) => !one.startsWith("c"));
        if (servers.includes(name) && this.acl.leader === name && servers.length > 1) {
            this.violations.push(`${name} was stopped while it led`);
        }
        const down = servers.filter((one) => one !== name && !this.#isUp(one));
        if (servers.includes(name) && down.length > 0) {
            this.violations.push(`${name} was stopped while ${down.join()} was down`);
        }
    }

    #start(name: string): void {
        const config = parseJson(this.file(name, configFile) ?? "");
        const round = roundOf(config);
        this.#rounds.set(name, this.file(name, keyringFile) === undefined ? 0 : round);
        if (round > 0) {
            this.acl.recovery[name] = secrets.nodeToken("recovery", name).secretId;
            const management = secrets.token("management").secretId;
            if (![...this.acl.tokens.values()].some(({ SecretID }) => SecretID === management)) {
                this.acl.bringIn(management);
            }
        }
        const all = [...this.#rounds.values()];
        if (all.includes(0) && all.includes(2)) {
            this.violations.push(`${name} does not understand all others`);
        }
    }

    #isUp(name: string): boolean {
        const isRunning = this.machines.get(name)?.container?.isRunning === true;
        return isRunning && !(this.broken.has(name) && this.rounds[name] !== 0);
    }

    async #serve(name: string): Promise<void> {
        const server = createServer((message, response) => {
            void text(message).then((body) => {
                if (!this.#isUp(name)) {
                    response.destroy();
                    return;
                }
                const { method = "", url = "", headers } = message;
                const token = String(headers["x-consul-token"] ?? "");
                try {
                    const answer = this.#answer(method, name, url.slice(4), token, body);
                    response.end(JSON.stringify(answer ?? null));
                } catch (error) {
                    response.statusCode = error instanceof Refusal ? error.status : 500;
                    response.end(error instanceof Error ? error.message : "");
                }
            });
        });
        const at = { host: this.hostOf(name), port: 8500 };
        await new Promise<void>((ready) => server.listen(at, ready));
        this.#closing.push(() => {
            server.close();
            server.closeAllConnections();
        });
        onTestFinished(() => {
            this.close();
        });
    }

    #answer(method: string, name: string, path: string, token: string, body: string): unknown {
        const isOpen = this.rounds[name] === 0;
        switch (`${method} ${path}`) {
            case "GET agent/self":
                return {
                    Config: { NodeName: name, NodeID: `id of ${name}` },
                    Stats: {
                        raft: { applied_index: "100" },
                        serf_lan: { encrypted: String(!isOpen) },
                    },
                };
            case "GET agent/members":
                return [
                    ...this.names.map((Name) => ({ Name, Status: this.#isUp(Name) ? 1 : 4 })),
                    ...this.strangers.map((Name) => ({ Name, Status: 1 })),
                ];
            case "GET operator/autopilot/health":
                return this.#health();
            case "POST operator/raft/transfer-leader":
                this.log.push(`${this.acl.leader} hands over`);
                return this.acl.answer(method, name, path, token, body);
            default:
                return this.acl.answer(method, name, path, token, body);
        }
    }

    #health(): object {
        const servers = this.names.filter((name) => !name.startsWith("c"));
        const Servers = servers.map((name) =>
            serverHealth(name, {
                Leader: name === this.acl.leader,
                Healthy: this.#isUp(name) && !this.unhealthy.has(name),
            }),
        );
        const healthy = Servers.filter(({ Healthy }) => Healthy).length;
        const FailureTolerance = Math.max(0, healthy - Math.floor(servers.length / 2) - 1);
        return { Healthy: healthy === servers.length, FailureTolerance, Servers };
    }
}

function roundOf(config: unknown): Round {
    if (property(property(config, "acl"), "enabled") !== true) {
        return 0;
    }
    return property(config, "encrypt_verify_outgoing") === true ? 2 : 1;
}
