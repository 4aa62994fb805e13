import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { JoinBundle } from "../../scripts/protocol/security.ts";
import { layersOf, mergeLayers } from "../agent/layeredConfig.ts";
import type { Role } from "../agent/ports.ts";
import { engineOf } from "../machine/engineSettings.ts";
import { AgentTrials } from "../node/agentTrials.ts";
import { nodeFiles } from "../node/broughtFiles.ts";
import { ConsulNode } from "../node/consulNode.ts";
import { containerOn } from "../node/containerSettings.ts";
import type { NodeAgentArgs } from "../node/nodeArgs.ts";
import { registerServices } from "../node/nodeServices.ts";
import { hasSecrets } from "../node/secretArgs.ts";
import type { ClusterAddresses } from "./clusterAddresses.ts";
import type { ConsulClusterArgs, NodeArgs, SharedNodeArgs } from "./clusterArgs.ts";
import { servicesOf } from "./clusterServices.ts";
import { nodeResourceName, type ClusterMachines } from "./clusterMachines.ts";
import { bootstrapExpect, laterServers } from "./clusterPlan.ts";
import type { ClusterPlan, PlannedNode } from "./clusterPlan.ts";
import { peersOfJoined } from "./joinedSecurity.ts";
import type { Pause } from "./pause.ts";
import { clientTurns } from "./rollout.ts";
import type { SecuredCluster } from "./securityCommands.ts";

/** What the nodes of a cluster are declared from. */
export interface ClusterParts {
    readonly name: string;
    readonly args: ConsulClusterArgs;
    readonly plan: ClusterPlan;
    readonly machines: ClusterMachines;
    readonly addresses: ClusterAddresses;
    readonly formation: pulumi.Output<Formation>;
    /** Undefined for an open cluster. */
    readonly secured: SecuredCluster | undefined;
    /** The secured cluster of another stack that is joined. */
    readonly joined: pulumi.Output<JoinBundle> | undefined;
    readonly externalServers: pulumi.Output<string[]>;
    /** The cluster's gate, which is declared after them. */
    readonly ready: pulumi.Output<pulumi.Resource>;
    /** Which of the nodes stay as they are. */
    readonly pause: Pause;
}

/** The nodes of a cluster, in the order in which they start and change. */
export class ClusterNodes {
    /** Those that are declared, by name; servers first. */
    public readonly made = new Map<string, ConsulNode>();
    /** What registers the services on their machines. */
    public readonly services: pulumi.Resource[] = [];
    readonly #trials = new AgentTrials();
    readonly #cluster: ClusterParts;
    readonly #parent: pulumi.Resource;

    constructor(cluster: ClusterParts, parent: pulumi.Resource) {
        this.#cluster = cluster;
        this.#parent = parent;
    }

    /**
     * Servers start one after another, each behind the gate of the one before it: by the same edges
     * every later change of theirs is one at a time. Clients start behind them: in parallel where they are new, and else in
     * the groups in which they change. Machines of new nodes wait for no node. In a secured cluster clients also wait for
     * their tokens, which only servers can make.
     *
     * @returns what makes the tokens; nothing for an open cluster.
     */
    public declareAll(): pulumi.Resource[] {
        const { servers, clients = [], rollout } = this.#cluster.args;
        const behind: pulumi.Resource[] = [];
        for (const [index, node] of servers.entries()) {
            const { agent, ready } = this.#node(node, "server", [...behind]);
            // The bootstrap server's container stays in front of every other server.
            if (index === 0) {
                behind.push(agent, ready);
            } else {
                behind.splice(1, 1, ready);
            }
        }
        const { secured } = this.#cluster;
        const gates = [...this.made.values()].map(({ ready }) => ready);
        const granted = secured === undefined ? [] : [secured.grant(gates)];
        for (const { node, after } of clientTurns<NodeArgs | SharedNodeArgs>(clients, rollout)) {
            const before = this.#gatesOf(after);
            const waits = rollout?.existing === undefined ? [] : before;
            this.#node(node, "client", [...behind, ...granted, ...before], waits);
        }
        this.#putInOrder(clients);
        return granted;
    }

    #gatesOf(names: readonly string[]): pulumi.Resource[] {
        return names.flatMap((name) => this.made.get(name)?.ready ?? []);
    }

    /** A canary is declared before the others, but stands where the settings have it. */
    #putInOrder(nodes: readonly SharedNodeArgs[]): void {
        for (const { name } of nodes) {
            const node = this.made.get(name);
            if (node !== undefined) {
                this.made.delete(name);
                this.made.set(name, node);
            }
        }
    }

    #node(
        stated: NodeArgs | SharedNodeArgs,
        role: Role,
        startAfter: readonly pulumi.Resource[],
        machineAfter: readonly pulumi.Resource[] = [],
    ): ConsulNode {
        const { name: nodeName } = stated;
        const planned: PlannedNode = { name: nodeName, role };
        const { args, plan, machines, addresses, formation, secured, joined, pause } =
            this.#cluster;
        const machineArgs = machines.machineArgsFor(stated, {
            after: machineAfter,
            ...pause.of(nodeName),
        });
        const generation = "sharedMachine" in machineArgs ? undefined : machineArgs.generation;
        const node = new ConsulNode(
            nodeResourceName(this.#cluster.name, nodeName, generation),
            {
                ...machineArgs,
                nodeName,
                role,
                ...this.#settingsOf(stated, role),
                bootstrapExpect: formation.apply((formed) => bootstrapExpect(formed, planned)),
                join: formation.apply((formed) => addresses.toJoin(formed, planned, args.join)),
                otherServers: addresses.ofServers(nodeName),
                firstServers: formation.apply((formed) =>
                    addresses.ofFirstServers(formed, nodeName),
                ),
                externalServers: this.#cluster.externalServers,
                peerAddresses: pulumi
                    .all([addresses.peersElsewhere(), peersOfJoined(joined)])
                    .apply(([own, others]) => ({ ...others, ...own })),
                laterServers: laterServers(plan, planned),
                startAfter,
                // One that stays as it is lacks the image that the others are tried with.
                trials: pause.nodes.includes(nodeName) ? undefined : this.#trials,
                clusterReady: this.#cluster.ready,
                secured: secured?.ofAgents,
            },
            { parent: this.#parent, ...pause.of(nodeName) },
        );
        this.made.set(nodeName, node);
        addresses.add(node);
        const services = servicesOf(args, role, "services" in stated ? stated.services : []);
        this.services.push(
            ...registerServices(
                `${this.#cluster.name}-${nodeName}-services`,
                node,
                services,
                hasSecrets(args, "services"),
            ),
        );
        return node;
    }

    /** How a node's agent runs, its configuration merged. */
    #settingsOf(
        stated: NodeArgs | SharedNodeArgs,
        role: Role,
    ): Pick<NodeAgentArgs, "agent" | "configLayers"> {
        const { args, joined } = this.#cluster;
        const own = { role, path: `${stated.name}.agentConfig`, agentConfig: stated.agentConfig };
        const configLayers = layersOf(args, own);
        const agentConfig = mergeLayers(configLayers);
        // Of another stack's cluster that one takes snapshots: it takes the token that may do everything.
        const ofJoined = joined === undefined ? {} : { snapshots: undefined };
        const files = nodeFiles(args, role, stated.files);
        const ofNode = "image" in stated && stated.image ? { image: stated.image } : {};
        const engine = engineOf(args.engine, "engine" in stated ? stated.engine : undefined);
        const container = containerOn(engine, args.container);
        const agent = { ...args, agentConfig, container, files, ...ofJoined, ...ofNode };
        return { agent, configLayers };
    }
}
