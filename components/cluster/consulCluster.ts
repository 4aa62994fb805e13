import * as pulumi from "@pulumi/pulumi";
import type { TeardownRequest } from "../../scripts/protocol/requests.ts";
import type { JoinBundle, Security } from "../../scripts/protocol/security.ts";
import type { MachineStore } from "../machine/machineStore.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import type { ClientIdentity } from "../node/nodeSecurity.ts";
import { held } from "../pulumi/hold.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { contractOf, securityOf } from "./clusterArgs.ts";
import type { ConsulClusterArgs, NodeOutputs } from "./clusterArgs.ts";
import { clusterContact, webUiUrl } from "./clusterContact.ts";
import { declareClusterGate } from "./clusterGate.ts";
import { ClusterNodes } from "./clusterNodes.ts";
import { assertCluster } from "./clusterProblems.ts";
import { declareParts } from "./declareParts.ts";
import { declareDeparted } from "./departedNodes.ts";
import type { SecuredCluster } from "./securityCommands.ts";

/** A Consul cluster, one node per machine, or all nodes on one. */
export class ConsulCluster extends pulumi.ComponentResource {
    /** Datacenter of the cluster. */
    public readonly datacenter: string;
    /** The image that the agents run, as their machines know it. */
    public readonly image: string;
    /** The web UI. Known once the cluster is ready; undefined where the server's configuration serves none. */
    public readonly uiUrl: pulumi.Output<string> | undefined;
    /** Known once the cluster is ready. */
    public readonly ready: pulumi.Output<unknown>;
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
    readonly #store: MachineStore;
    readonly #made: ReadonlyMap<string, ConsulNode>;
    readonly #secured: SecuredCluster | undefined;

    constructor(name: string, args: ConsulClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:ConsulCluster", name, {}, opts);
        assertCluster(this, args);
        this.#name = name;
        this.security = securityOf(args);
        const contract = contractOf(args);
        // The nodes know the gate, which waits for them: it is declared last.
        const [ready, resolveReady] = pulumi.deferredOutput<pulumi.Resource>();
        const parts = declareParts(name, args, ready, this);
        this.#store = parts.machines.store;
        this.#secured = parts.secured;
        const nodes = new ClusterNodes(parts, this);
        this.#made = nodes.made;
        const granted = nodes.declareAll();
        declareDeparted(name, args.departed ?? [], this);
        this.#declareTeardownMarker();
        const contact = clusterContact(
            nodes.made.values(),
            contract,
            parts.externalServers,
            parts.joined,
        );
        const gate = declareClusterGate(
            name,
            {
                nodes: [...nodes.made.values()],
                contract,
                contact: contact.httpAddress,
                access: this.#secured?.ofAgents.access,
                after: granted,
            },
            this,
        );
        resolveReady(pulumi.output<pulumi.Resource>(gate));
        this.#secured?.settle([gate, ...nodes.services], parts.pause.isOn ? held : {});
        parts.pause.announce(this);
        this.datacenter = args.datacenter;
        this.image = args.image.reference;
        this.httpAddress = contact.httpAddress;
        // The page is there with the first agent, but shows a cluster only once there is one.
        this.ready = gate.stdout;
        this.uiUrl = webUiUrl(args, contact, this.ready);
        this.dnsAddress = contact.dnsAddress;
        this.nodes = Object.fromEntries(
            [...nodes.made].map(([nodeName, node]) => [nodeName, outputsOf(node)]),
        );
        this.caCertificate = this.#secured?.caCertificate;
        this.managementToken = this.#secured?.managementToken;
        this.joinBundle = args.machine === undefined ? this.#secured?.joinBundle : undefined;
        this.registerOutputs({
            datacenter: this.datacenter,
            image: this.image,
            ...(this.uiUrl === undefined ? {} : { uiUrl: this.uiUrl }),
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

    /** Removed first when the stack is destroyed, and only then: it tells the nodes, which would
     * otherwise leave one by one, that none of them stays. */
    #declareTeardownMarker(): void {
        const { path: store, owner, inState } = this.#store;
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

function outputsOf(node: ConsulNode): NodeOutputs {
    const { role, address, httpAddress, machine, peerHttpAddress } = node;
    const elsewhere = machine.isReachedElsewhere ? { peerHttpAddress } : {};
    return { role, address, httpAddress, machine: machine.machineName, ...elsewhere };
}
