import { isOverridden, overrideVariable } from "../consul/quorum.ts";
import { takeSnapshot } from "../consul/snapshot.ts";
import type { SnapshotPlace } from "../protocol/requests.ts";
import type { ClusterRights } from "../protocol/security.ts";
import type { AccessFile } from "../security/accessFile.ts";
import { ClusterClients } from "../security/clusterClients.ts";
import type { Texts } from "../security/configVolume.ts";
import { grantTokens } from "../security/grant.ts";
import { ClusterSecrets } from "../security/secrets.ts";
import { describeError, progress } from "../system/progress.ts";
import { waitFor } from "../system/waitFor.ts";
import type { OpenAgent } from "./openAgent.ts";
import { OpenCluster } from "./openCluster.ts";
import { ownSecurityKeys, stepConfig, steps, type Step } from "./rounds.ts";
import { stepFiles } from "./stepFiles.ts";

/** Milliseconds for all servers to be healthy before one is restarted. */
const healthyLimit = 60_000;

/** Milliseconds for an agent to accept a token that was just made. */
const tokenLimit = 15_000;

/** A cluster that is to be secured while it runs. */
export interface SecuringArgs {
    readonly rights: ClusterRights;
    readonly access: AccessFile;
    /** The agents that have the container of an open cluster. */
    readonly agents: readonly OpenAgent[];
    /** Where a snapshot is taken first. @default none is taken */
    readonly snapshots?: SnapshotPlace | undefined;
}

/**
 * Brings the agents of an open cluster, in the containers that they have, so far that each can be replaced by one of a
 * secured cluster. In two rounds of restarts, servers one by one, the leader last by transfer, clients behind them:
 * with the first all have what they need and demand nothing, with the second they demand it of each other. Only the
 * replacement, which is the third, shuts out whoever has no token.
 *
 * How far each agent is, is noted in its container; so this goes on where it was interrupted, and does nothing once all
 * are there. An agent of the third round and one of the first do not understand each other: nothing may be replaced
 * before this has ended.
 *
 * @throws Error naming the node that is away, or does not come back; the cluster serves on.
 */
export async function secureCluster(args: SecuringArgs): Promise<void> {
    const states = new Map<OpenAgent, Step | undefined>();
    const stopped: OpenAgent[] = [];
    for (const agent of args.agents) {
        const { config, step } = await agent.state();
        const isBegun = step !== undefined || isOurs(config);
        if (!isBegun) {
            refuseOwnSecurity(agent, config);
        } else if (!agent.isRunning) {
            stopped.push(agent);
        }
        states.set(agent, step);
    }
    const isBehind = (step: Step) => (agent: OpenAgent) =>
        steps.indexOf(states.get(agent) ?? step) < steps.indexOf(step) ||
        states.get(agent) === undefined;
    if (!args.agents.some(isBehind("demanding"))) {
        return;
    }
    // An interrupted run may have stopped one, and not started it again.
    await all(stopped.map((agent) => agent.start()));
    const securing = new Securing(args, stopped);
    await securing.begin([...states.values()].every((step) => step === undefined));
    await securing.restartAll("prepared", args.agents.filter(isBehind("prepared")));
    await securing.tellAll(args.agents.filter(isBehind("told")));
    await securing.restartAll("demanding", args.agents.filter(isBehind("demanding")));
    await securing.end();
}

/** What an operator has secured by hand is not known here, and would be lost half-way. */
function refuseOwnSecurity(agent: OpenAgent, config: object): void {
    const own = ownSecurityKeys(config);
    if (own.length > 0) {
        throw new Error(
            `${agent.nodeName}: its agent runs with ${own.join(", ")} of the setting agentConfig, which full security ` +
                'decides. Nothing was touched. Set "security" to "open", remove that from agentConfig, run ' +
                "`pulumi up`, and then secure the cluster.",
        );
    }
}

/** Whether it is what an interrupted run has written. */
function isOurs(config: object): boolean {
    return JSON.stringify(stepConfig(config, "prepared")) === JSON.stringify(config);
}

/** One run of it. */
class Securing {
    readonly #args: SecuringArgs;
    readonly #cluster: OpenCluster;
    readonly #secrets: ClusterSecrets;
    readonly #started: readonly OpenAgent[];

    /** @param started agents that were stopped and have just been started. */
    constructor(args: SecuringArgs, started: readonly OpenAgent[]) {
        this.#args = args;
        this.#started = started;
        this.#cluster = new OpenCluster(args.agents);
        this.#secrets = new ClusterSecrets(args.access.seed, args.rights.rotation);
    }

    /** @param isFirst whether no agent was touched before. */
    async begin(isFirst: boolean): Promise<void> {
        const { access, agents, rights, snapshots } = this.#args;
        const cluster = this.#cluster;
        const stopped = agents.filter(
            (agent) => !agent.isRunning && !this.#started.includes(agent),
        );
        const names = agents.map(({ nodeName }) => nodeName);
        try {
            if (stopped.length > 0) {
                const which = stopped.map(({ nodeName }) => nodeName).join(", ");
                throw new Error(`the container of ${which} does not run`);
            }
            await cluster.untilSettled(async (consul) => {
                const problem = await cluster.memberProblem(consul, names);
                return problem ?? (isOverridden() ? undefined : cluster.serverProblem(consul));
            });
            await this.#refuseUndeclared();
        } catch (error) {
            throw new Error(
                `the cluster is not secured${isFirst ? "" : " further"}: ${describeError(error)}. Nothing was touched` +
                    `${isFirst ? "" : " by this run"}, and the cluster serves on. Bring the node back, or declare it ` +
                    "no more and run `pulumi up` as it is; then run this again. Where a server may be lost on the " +
                    `way: ${overrideVariable}=1.`,
                { cause: error },
            );
        }
        progress(
            "the open cluster is secured: all agents restart twice, one server at a time, then their containers are " +
                "replaced",
        );
        if (isFirst && snapshots !== undefined) {
            const { nodeName, node } = await cluster.contactAgent();
            // It has everything in it: an agent that an interrupted run has prepared asks for a token.
            const consul = ClusterClients.with(access, rights).at(nodeName, node.httpAddress);
            progress(`snapshot: ${await takeSnapshot(consul, snapshots)}`);
        }
    }

    /** Members that are not declared could not be given a key, and would be cut off. */
    async #refuseUndeclared(): Promise<void> {
        const members = await (await this.#cluster.contact()).members();
        const others = members.filter(
            ({ Name, Status }) => Status === 1 && !(Name in this.#args.rights.nodes),
        );
        if (others.length > 0) {
            const which = others.map(({ Name }) => Name).join(", ");
            throw new Error(
                `${which} ${others.length === 1 ? "is a member" : "are members"} of it and not declared here`,
            );
        }
    }

    /** Has these agents restart with a step's files: servers one after another, clients behind them. */
    async restartAll(step: Step, agents: readonly OpenAgent[]): Promise<void> {
        const behind = new Set(agents);
        for (const agent of (await this.#cluster.inOrder()).filter((one) => behind.has(one))) {
            if (!isOverridden()) {
                const check = this.#cluster.serverProblem.bind(this.#cluster);
                await this.#cluster.untilSettled(check, healthyLimit);
            }
            await this.#restart(agent, step);
        }
        const clients = this.#cluster.clients.filter((one) => behind.has(one));
        await all(clients.map((agent) => this.#restart(agent, step)));
    }

    async #restart(agent: OpenAgent, step: Step): Promise<void> {
        await agent.write(await this.#files(agent, step));
        if (agent.node.role === "server") {
            await this.#cluster.handOver(agent);
        }
        const isDemanding = step === "demanding";
        progress(
            `${agent.nodeName} restarts, and ${isDemanding ? "demands" : "prepares"} encryption`,
        );
        await agent.restart(isDemanding ? this.#secrets.token("services").secretId : undefined);
        await this.#cluster.untilBack(agent, this.#recovery(agent));
        await agent.note(step);
    }

    /** Makes the tokens, and has these agents use them, without a restart. */
    async tellAll(agents: readonly OpenAgent[]): Promise<void> {
        if (agents.length === 0) {
            return;
        }
        const { rights, access } = this.#args;
        const clients = ClusterClients.with(access, rights);
        await grantTokens(clients, rights, access);
        await all(
            agents.map(async (agent) => {
                await agent.write(await this.#files(agent, "told"));
                const { exitCode, output } = await agent.execute(["consul", "reload"]);
                if (exitCode !== 0) {
                    throw new Error(`${agent.nodeName}: its agent refuses its tokens: ${output}`);
                }
                await this.#untilTold(agent);
                await agent.note("told");
            }),
        );
    }

    /** Waits until an agent that is reached knows the token that it was given. */
    async #untilTold(agent: OpenAgent): Promise<void> {
        const { secretId: token } = this.#secrets.nodeToken("agent", agent.nodeName);
        const check = async () => {
            await this.#cluster.at(agent).get("/v1/acl/token/self", { token });
            return undefined;
        };
        await waitFor(check, { limit: tokenLimit, interval: 100 }).catch((error: unknown) => {
            throw new Error(
                `${agent.nodeName}: the cluster does not know its token ${describeError(error)}`,
            );
        });
    }

    /** All have come so far: now none may be missing. */
    async end(): Promise<void> {
        const names = this.#args.agents.map(({ nodeName }) => nodeName);
        await this.#cluster.untilSettled((consul) => this.#cluster.memberProblem(consul, names));
        progress("all agents demand encryption; their containers are replaced next");
    }

    #files(agent: OpenAgent, step: Step): Promise<Texts> {
        const { access, rights } = this.#args;
        return stepFiles(agent, step, { access, rotation: rights.rotation });
    }

    #recovery({ nodeName }: OpenAgent): string {
        return this.#secrets.nodeToken("recovery", nodeName).secretId;
    }
}

/** Waits for all of it, also where one fails, and then fails with what each said. */
async function all(work: readonly Promise<void>[]): Promise<void> {
    const ended = await Promise.allSettled(work);
    const problems = ended.flatMap((one) =>
        one.status === "rejected" ? [describeError(one.reason)] : [],
    );
    if (problems.length > 0) {
        throw new Error(problems.join("; "));
    }
}
