import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { TeardownRequest } from "../../scripts/protocol/requests.ts";
import type { JoinBundle, Security } from "../../scripts/protocol/security.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { imageContractOf } from "../agent/imageContracts.ts";
import { dnsPort, type Role } from "../agent/ports.ts";
import { httpAddressOf } from "../machine/placement.ts";
import { ConsulNode } from "../node/consulNode.ts";
import type { ClientIdentity } from "../node/nodeSecurity.ts";
import { registerServices } from "../node/nodeServices.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { ClusterAddresses } from "./clusterAddresses.ts";
import { nodesOf, securityOf } from "./clusterArgs.ts";
import type { ConsulClusterArgs, NodeArgs, NodeOutputs, SharedNodeArgs } from "./clusterArgs.ts";
import { clusterContact } from "./clusterContact.ts";
import { declareClusterGate } from "./clusterGate.ts";
import { ClusterMachines, nodeResourceName } from "./clusterMachines.ts";
import { recordFormation } from "./clusterFormation.ts";
import { bootstrapExpect, laterServers, planCluster } from "./clusterPlan.ts";
import type { ClusterPlan, PlannedNode } from "./clusterPlan.ts";
import { assertCluster } from "./clusterProblems.ts";
import { declareSecurity } from "./declareSecurity.ts";
import { declareDeparted } from "./departedNodes.ts";
import { externalServers, peersOfJoined } from "./joinedSecurity.ts";
import type { SecuredCluster } from "./securityCommands.ts";

/** A Consul cluster, one node per machine, or all nodes on one. */
export class ConsulCluster extends pulumi.ComponentResource {
    /** Datacenter of the cluster. */
    public readonly datacenter: string;
    /** The image that the agents run, as their machines know it. */
    public readonly image: string;
    /** The web UI. Known once the cluster is ready. */
    public readonly uiUrl: pulumi.Output<string>;
    /** A server's API, over HTTPS in a secured cluster and over HTTP in an open one. */
    public readonly httpAddress: pulumi.Output<string>;
    /** A server's DNS, `ADDRESS:PORT`. */
    public readonly dnsAddress: pulumi.Output<string>;
    /** Every node by its name; servers first. */
    public readonly nodes: Readonly<Record<string, NodeOutputs>>;
    /** How far it is secured. */
    public readonly security: Security;
    /** Certificate of the CA that signs its agents' certificates, PEM; undefined for an open cluster. */
    public readonly caCertificate: pulumi.Output<string> | undefined;
    /** The ACL token that may do everything; undefined for an open cluster, and for one of another stack. Secret. */
    public readonly managementToken: pulumi.Output<string> | undefined;
    /** What a stack is given that joins it, as {@link ClusterArgs.joinCluster}; undefined for a cluster that is open,
     * another stack's, or on one machine. Secret. */
    public readonly joinBundle: pulumi.Output<JoinBundle> | undefined;
    readonly #name: string;
    readonly #args: ConsulClusterArgs;
    readonly #plan: ClusterPlan;
    readonly #machines: ClusterMachines;
    readonly #formation: pulumi.Output<Formation>;
    readonly #made = new Map<string, ConsulNode>();
    readonly #addresses: ClusterAddresses;
    readonly #contract: ImageContract;
    readonly #secured: SecuredCluster | undefined;
    readonly #joined: pulumi.Output<JoinBundle> | undefined;
    readonly #externalServers: pulumi.Output<string[]>;
    readonly #ready: pulumi.Output<pulumi.Resource>;
    readonly #services: pulumi.Resource[] = [];

    constructor(name: string, args: ConsulClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:ConsulCluster", name, {}, opts);
        const { servers, clients = [], join = [] } = args;
        assertCluster(this, args);
        this.#name = name;
        this.#args = args;
        this.#joined = args.joinCluster === undefined ? undefined : pulumi.output(args.joinCluster);
        this.#externalServers = externalServers(join, this.#joined);
        const joins = join.length > 0 || this.#joined !== undefined;
        this.#plan = planCluster(namesOf(servers), namesOf(clients), joins);
        this.#machines = new ClusterMachines(name, args, namesOf(nodesOf(args)), this);
        this.#addresses = new ClusterAddresses(this.#plan);
        this.security = securityOf(args);
        this.#contract = imageContractOf(args.imageFlavour, this.security);
        const record = recordFormation(name, args, this.#plan, this.#addresses, this);
        this.#formation = record.formation;
        const parts = { store: this.#machines.store, addresses: this.#addresses, ...record };
        this.#secured = declareSecurity(name, args, { ...parts, bundle: this.#joined }, this);
        // The nodes know the gate, which waits for them: it is declared last.
        const [ready, resolveReady] = pulumi.deferredOutput<pulumi.Resource>();
        this.#ready = ready;
        const granted = this.#declareNodes();
        declareDeparted(name, args.departed ?? [], this);
        this.#declareTeardownMarker();
        const contact = clusterContact(this.#made.values(), this.#externalServers, this.#joined);
        const gate = declareClusterGate(
            name,
            {
                nodes: [...this.#made.values()],
                contract: this.#contract,
                contact: contact.api,
                access: this.#secured?.ofAgents.access,
                after: granted,
            },
            this,
        );
        resolveReady(pulumi.output<pulumi.Resource>(gate));
        this.#secured?.settle([gate, ...this.#services]);
        this.datacenter = args.datacenter;
        this.image = args.image.reference;
        this.httpAddress = httpAddressOf(contact.api, this.#contract.endpoint);
        // The page is there with the first agent, but shows a cluster only once there is one.
        this.uiUrl = gate.stdout.apply(() => pulumi.interpolate`${this.httpAddress}/ui/`);
        this.dnsAddress = pulumi.interpolate`${contact.peer}:${dnsPort}`;
        this.nodes = Object.fromEntries(
            [...this.#made].map(([nodeName, node]) => [nodeName, outputsOf(node)]),
        );
        this.caCertificate = this.#secured?.caCertificate;
        this.managementToken = this.#secured?.managementToken;
        this.joinBundle = args.machine === undefined ? this.#secured?.joinBundle : undefined;
        this.registerOutputs({
            datacenter: this.datacenter,
            image: this.image,
            uiUrl: this.uiUrl,
            httpAddress: this.httpAddress,
            dnsAddress: this.dnsAddress,
            nodes: this.nodes,
            ...(this.#secured === undefined ? {} : { security: this.security }),
        });
    }

    /** What its API demands of a caller besides a token; undefined where that is nothing. */
    public get client(): ClientIdentity | undefined {
        return this.#secured?.client;
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

    /**
     * Servers start one after another, each behind the gate of the one before it: by the same edges
     * every later change of theirs is one at a time. Clients start in parallel behind them. Machines
     * wait for no node. In a secured cluster clients also wait for their tokens, which only servers can make.
     *
     * @returns what makes the tokens; nothing for an open cluster.
     */
    #declareNodes(): pulumi.Resource[] {
        const { servers, clients = [] } = this.#args;
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
        const gates = [...this.#made.values()].map(({ ready }) => ready);
        const granted = this.#secured === undefined ? [] : [this.#secured.grant(gates)];
        for (const node of clients) {
            this.#node(node, "client", [...behind, ...granted]);
        }
        return granted;
    }

    #node(
        stated: NodeArgs | SharedNodeArgs,
        role: Role,
        startAfter: readonly pulumi.Resource[],
    ): ConsulNode {
        const { name: nodeName } = stated;
        const planned: PlannedNode = { name: nodeName, role };
        const { join } = this.#args;
        const machineArgs = this.#machines.machineArgsFor(stated);
        const generation = "sharedMachine" in machineArgs ? undefined : machineArgs.generation;
        const node = new ConsulNode(
            nodeResourceName(this.#name, nodeName, generation),
            {
                ...machineArgs,
                nodeName,
                role,
                // Of another stack's cluster that one takes them: it takes the token that may do everything.
                agent: this.#joined ? { ...this.#args, snapshots: undefined } : this.#args,
                bootstrapExpect: this.#formation.apply((formed) =>
                    bootstrapExpect(formed, planned),
                ),
                join: this.#formation.apply((formed) =>
                    this.#addresses.toJoin(formed, planned, join),
                ),
                otherServers: this.#addresses.ofServers(nodeName),
                firstServers: this.#formation.apply((formed) =>
                    this.#addresses.ofFirstServers(formed, nodeName),
                ),
                externalServers: this.#externalServers,
                peerAddresses: pulumi
                    .all([this.#addresses.peersElsewhere(), peersOfJoined(this.#joined)])
                    .apply(([own, joined]) => ({ ...joined, ...own })),
                laterServers: laterServers(this.#plan, planned),
                startAfter,
                clusterReady: this.#ready,
                secured: this.#secured?.ofAgents,
            },
            { parent: this },
        );
        this.#made.set(nodeName, node);
        this.#addresses.add(node);
        const { services = [] } = "services" in stated ? stated : {};
        this.#services.push(
            ...registerServices(`${this.#name}-${nodeName}-services`, node, services),
        );
        return node;
    }

    /** Removed first when the stack is destroyed, and only then: it tells the nodes, which would
     * otherwise leave one by one, that none of them stays. */
    #declareTeardownMarker(): void {
        const { path: store, owner, inState } = this.#machines.store;
        const request: TeardownRequest = { store, owner, ...(inState ? {} : { inState }) };
        scriptCommand(
            `${this.#name}-teardown`,
            { up: "cluster keep", down: "cluster dissolve", request, givePreviousAnswer: inState },
            {
                parent: this,
                // By it a stack of before is told, whose machines' Commands are handed nothing either.
                ignoreChanges: ["addPreviousOutputInEnv"],
                dependsOn: [...this.#made.values()].map(({ membership }) => membership),
                aliases: [{ name: `${this.#name}-farewell` }],
            },
        );
    }
}

function namesOf(nodes: readonly { readonly name: string }[]): string[] {
    return nodes.map(({ name }) => name);
}

function outputsOf(node: ConsulNode): NodeOutputs {
    const { role, address, httpAddress, machine, peerHttpAddress } = node;
    const elsewhere = machine.isReachedElsewhere ? { peerHttpAddress } : {};
    return { role, address, httpAddress, machine: machine.machineName, ...elsewhere };
}
