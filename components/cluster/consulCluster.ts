import * as pulumi from "@pulumi/pulumi";
import type { ClusterRequest, TeardownRequest } from "../../scripts/protocol/requests.ts";
import { flavourOf } from "../agent/imageContract.ts";
import type { ConsulClusterArgs, NodeArgs, NodeOutputs, SharedNodeArgs } from "./clusterArgs.ts";
import { ClusterAddresses } from "./clusterAddresses.ts";
import { ClusterMachines } from "./clusterMachines.ts";
import { bootstrapExpect, laterServers, planCluster, type ClusterPlan, type PlannedNode } from "./clusterPlan.ts";
import type { Formation } from "../../scripts/protocol/formation.ts";
import { assertCluster, formationProblem } from "./clusterProblems.ts";
import { ConsulNode } from "../node/consulNode.ts";
import { httpAddressOf } from "../machine/httpAddress.ts";
import { nodeResourceName } from "../node/nodeNames.ts";
import { nodeOutputs } from "./nodeOutputs.ts";
import { registerServices } from "../node/nodeServices.ts";
import { dnsPort } from "../agent/ports.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { assertServices } from "../node/serviceSchema.ts";

/** A Consul cluster, one node per machine, or all nodes on one. */
export class ConsulCluster extends pulumi.ComponentResource {
    /** Datacenter of the cluster. */
    public readonly datacenter: string;
    /** The image that the agents run, as their machines know it. */
    public readonly image: string;
    /** The web UI. Known once the cluster is whole. */
    public readonly uiUrl: pulumi.Output<string>;
    /** A server's HTTP API. */
    public readonly httpAddress: pulumi.Output<string>;
    /** A server's DNS, `ADDRESS:PORT`. */
    public readonly dnsAddress: pulumi.Output<string>;
    /** Every node by its name. */
    public readonly nodes: Readonly<Record<string, NodeOutputs>>;
    readonly #name: string;
    readonly #args: ConsulClusterArgs;
    readonly #plan: ClusterPlan;
    readonly #machines: ClusterMachines;
    readonly #formation: pulumi.Output<Formation>;
    readonly #made = new Map<string, ConsulNode>();
    readonly #addresses: ClusterAddresses;

    constructor(name: string, args: ConsulClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:ConsulCluster", name, {}, opts);
        assertCluster(this, args);
        assertServices(this, [...args.servers, ...(args.clients ?? [])]);
        this.#name = name;
        this.#args = args;
        const joins = (args.join ?? []).length > 0;
        this.#plan = planCluster(namesOf(args.servers), namesOf(args.clients ?? []), joins);
        const { servers, clients } = this.#plan;
        const names = namesOf([...servers, ...clients]);
        this.#machines = new ClusterMachines(name, args, names, this);
        this.#addresses = new ClusterAddresses(this.#plan, this.#made);
        this.#formation = this.#recordFormation();
        this.#declareNodes();

        this.#declareFarewell();
        const contact = this.#contact();
        const whole = this.#gate(contact);
        this.#registerServices(whole);
        this.datacenter = args.datacenter;
        this.image = args.image.reference;
        this.httpAddress = httpAddressOf(contact);
        // The page is there with the first agent, but shows a cluster only once there is one.
        this.uiUrl = whole.stdout.apply(() => pulumi.interpolate`${this.httpAddress}/ui/`);
        this.dnsAddress = pulumi.interpolate`${contact}:${dnsPort}`;
        this.nodes = nodeOutputs(this.#plan, (node) => this.node(node));
        this.registerOutputs({
            datacenter: this.datacenter,
            image: this.image,
            uiUrl: this.uiUrl,
            httpAddress: this.httpAddress,
            dnsAddress: this.dnsAddress,
            nodes: this.nodes,
        });
    }

    /** Kept as it was first: what the input says later is ignored, the answer stays in the state. */
    #recordFormation(): pulumi.Output<Formation> {
        const { formation } = this.#plan;
        const { imageFlavour } = this.#args;
        return scriptCommand(
            `${this.#name}-formation`,
            {
                up: "formation record",
                request: this.#addresses
                    .joined(formation.servers)
                    .apply((addresses) => ({ ...formation, addresses, imageFlavour })),
            },
            { parent: this, ignoreChanges: ["stdin"] },
        ).stdout.apply((answer) => {
            const recorded = JSON.parse(answer) as Formation;
            const problem = formationProblem(recorded, this.#args);
            if (problem !== undefined) {
                throw new pulumi.RunError(problem);
            }
            return recorded;
        });
    }

    /**
     * Servers start one after another, each behind the gate of the one before it, for the same
     * edges make every later change of theirs one at a time. Clients start side by side behind
     * them. Machines wait for nobody.
     */
    #declareNodes(): void {
        const { servers, clients = [] } = this.#args;
        const behind: pulumi.Resource[] = [];
        for (const [index, node] of servers.entries()) {
            const made = this.#node({ name: node.name, role: "server" }, node, [...behind]);
            // The bootstrap server stays in front of every other, whatever stands between them.
            behind.splice(index === 0 ? 0 : 1, behind.length, ...firstEdges(index, made));
        }
        for (const node of clients) {
            this.#node({ name: node.name, role: "client" }, node, behind);
        }
    }

    /** Removed first when the stack is destroyed, and only then: it tells the nodes, which would
     * otherwise leave one by one, that nobody stays. */
    #declareFarewell(): void {
        const { path: store, owner } = this.#machines.store;
        const request: TeardownRequest = { store, owner };
        scriptCommand(
            `${this.#name}-farewell`,
            { up: "cluster keep", down: "cluster dissolve", request },
            { parent: this, dependsOn: [...this.#made.values()].map((node) => node.membership) },
        );
    }

    #node(
        planned: PlannedNode,
        node: NodeArgs | SharedNodeArgs,
        startAfter: readonly pulumi.Resource[],
    ) {
        const { name: nodeName, role } = planned;
        const { recursors, agentConfig: extra, imageFlavour } = this.#args;
        const below = this.#machines.below(node);
        const generation = "sharedMachine" in below ? undefined : below.generation;
        const made = new ConsulNode(
            nodeResourceName(this.#name, nodeName, generation),
            {
                ...below,
                nodeName,
                role,
                datacenter: this.#args.datacenter,
                image: this.#args.image,
                bootstrapExpect: this.#formation.apply((formed) =>
                    bootstrapExpect(formed, planned),
                ),
                join: this.#formation.apply((formed) =>
                    this.#addresses.toJoin(formed, planned, this.#args.join),
                ),
                ...flavourOf(imageFlavour).configFiles({ role, recursors, extra }),
                otherServers: this.#addresses.ofServers(nodeName),
                joined: this.#args.join,
                laterServers: laterServers(this.#plan, planned),
                dnsOnBridge: this.#args.dnsOnBridge ?? false,
                environment: this.#args.environment ?? {},
                labels: this.#args.labels ?? {},
                snapshots: this.#args.snapshots,
                startAfter,
            },
            { parent: this },
        );
        this.#made.set(nodeName, made);
        return made;
    }

    /**
     * One node, for what else is to run on its machine.
     *
     * @throws Error when the cluster has no node of this name.
     */
    public node(nodeName: string): ConsulNode {
        const node = this.#made.get(nodeName);
        if (node === undefined) {
            throw new Error(`${nodeName}: no such node in cluster "${this.#name}".`);
        }
        return node;
    }

    /** The address that others are told: that of the first server's machine, or one of the cluster
     * that is joined. */
    #contact(): pulumi.Output<string> {
        const server = this.#made.get(this.#plan.servers[0]?.name ?? "");
        return server?.machine.address ?? pulumi.output(this.#args.join?.[0] ?? "");
    }

    /** What runs beside the agents, and the services there, come once there is a leader. */
    #registerServices(whole: pulumi.Resource): void {
        const { servers, clients = [] } = this.#args;
        const stated: readonly Pick<NodeArgs, "name" | "services">[] = [...servers, ...clients];
        for (const { name, services = [] } of stated) {
            const node = this.node(name);
            node.whole = whole;
            registerServices(`${this.#name}-${name}-services`, node, services);
        }
    }

    #gate(contact: pulumi.Output<string>) {
        const nodes = [...this.#made.values()];
        const request = pulumi
            .all([this.#addresses.ofServers(), httpAddressOf(contact)])
            .apply(([servers, address]): ClusterRequest => {
                const { api } = flavourOf(this.#args.imageFlavour);
                return { servers, clients: namesOf(this.#plan.clients), contact: address, api };
            });
        return scriptCommand(
            `${this.#name}-whole`,
            { up: "cluster ready", request, identity: nodes.map(({ agent }) => agent.id) },
            { parent: this, dependsOn: nodes.map(({ ready }) => ready) },
        );
    }
}

function namesOf(nodes: readonly { readonly name: string }[]): string[] {
    return nodes.map(({ name }) => name);
}

/** What stands before the next server: the bootstrap server's container, and this one's gate. */
function firstEdges(index: number, made: ConsulNode): pulumi.Resource[] {
    return index === 0 ? [made.agent, made.ready] : [made.ready];
}
