import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { AgentRequest } from "../../scripts/protocol/requests.ts";
import type { ContainerRef } from "../../scripts/protocol/requests.ts";
import { configFile, reloadableFile } from "../../scripts/protocol/agentFiles.ts";
import { flavourOf, type AgentFlavour } from "../agent/imageContract.ts";
import { goesWith, type DockerMachine } from "../machine/dockerMachine.ts";
import { replaceLeftOver } from "../machine/leftOver.ts";
import type { MachineStore } from "../machine/machineStore.ts";
import { clearanceBefore, membershipOf, type LifecycleArgs } from "./nodeLifecycle.ts";
import type { AgentArgs, ConsulNodeArgs } from "./nodeArgs.ts";
import { placeOfItsOwn, type NodePlace } from "../machine/nodePlace.ts";
import { describePorts, ignoreLabel } from "../agent/ports.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { nodeLabel, ownerLabel, portsLabel } from "../../scripts/protocol/labels.ts";

export { containerName } from "../machine/nodePlace.ts";

/** Seconds that an agent may take to stop; a server that leaves needs about fourteen. */
const stopSeconds = 30;

/**
 * One Consul agent on its machine. Where it has the machine alone, every port is bound to that
 * machine's own address; where it shares it, {@link SharedMachine} tells what is published.
 */
export class ConsulNode extends pulumi.ComponentResource {
    /** The machine below. */
    public readonly machine: DockerMachine;
    /** Where peers and clients reach this node. */
    public readonly address: pulumi.Output<string>;
    /** By what peers join this node: its address, or on a shared machine its name. */
    public readonly joinAddress: pulumi.Output<string>;
    /** Provider of the machine's Docker Engine, for other containers there. */
    public readonly provider: docker.Provider;
    /** The agent's HTTP API, `http://ADDRESS:8500`; of a node that publishes none, the API of the
     * one that is reached in its place. */
    public readonly httpAddress: pulumi.Output<string>;
    /** The agent's container. */
    public readonly agent: docker.Container;
    /** The gate: whoever starts after this node waits for it. */
    public readonly ready: pulumi.Resource;
    /** The node's place in the cluster: it leaves when this is removed. */
    public readonly membership: pulumi.Resource;
    /** The gate of its cluster: what needs a leader waits for it. Set once all nodes are declared. */
    public whole: pulumi.Resource | undefined;
    /** The node's name in the cluster. */
    public readonly nodeName: string;
    /** Counts the node's machines; what else lives on one is of its generation, see
     * {@link ofGeneration}. */
    public readonly generation: number;
    /** The store that keeps the machine. */
    public readonly store: MachineStore;
    readonly #args: AgentArgs;
    readonly #flavour: AgentFlavour;
    readonly #place: NodePlace;

    constructor(name: string, args: ConsulNodeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:ConsulNode", name, {}, opts);
        this.#args = args;
        this.#flavour = flavourOf(args.imageFlavour);
        this.nodeName = args.nodeName;
        this.generation = ("sharedMachine" in args ? undefined : args.generation) ?? 1;
        this.#place =
            "sharedMachine" in args
                ? args.sharedMachine.placeOf(args.nodeName)
                : placeOfItsOwn(name, args, this);
        const { machine, provider, image, store } = this.#place;
        this.store = store;
        this.machine = machine;
        this.provider = provider;
        this.address = this.#place.address;
        this.joinAddress = this.#place.joinAddress;
        this.httpAddress = this.#place.httpAddress;
        const placed = { parent: this, provider, ...goesWith(machine.command) };
        const data = this.#data(`${name}-data`, provider);
        this.agent = this.#agent(`${name}-agent`, placed, [image, data]);
        this.ready = this.#gate(`${name}-ready`);
        this.membership = membershipOf(
            `${name}-member`,
            this.#lifecycle,
            {
                servers: args.otherServers,
                joined: args.joined,
                agent: this.#container,
                owner: store.owner,
            },
            { parent: this, dependsOn: [this.ready] },
        );
        this.registerOutputs({ address: this.address, httpAddress: this.httpAddress });
    }

    /**
     * The data. Their name seems to come from the machine: by this edge the engine puts them behind
     * the container when both are deleted for a new machine. `replaceWith` has no such order, and
     * no volume can be deleted that is in use.
     */
    #data(name: string, provider: docker.Provider): docker.Volume {
        const { command } = this.machine;
        const { volumeName } = this.#place;
        return new docker.Volume(
            name,
            { name: command.id.apply(() => volumeName), labels: this.#labels() },
            { parent: this, provider, deletedWith: command, deleteBeforeReplace: true },
        );
    }

    #labels(extra: Readonly<Record<string, string>> = {}) {
        const labels = {
            ...extra,
            [ownerLabel]: this.#place.store.owner,
            [nodeLabel]: this.#args.nodeName,
        };
        return Object.entries(labels)
            .sort()
            .map(([label, value]) => ({ label, value }));
    }

    #agent(name: string, opts: pulumi.CustomResourceOptions, after: readonly pulumi.Resource[]) {
        const { nodeName, role, datacenter, image, config, environment } = this.#args;
        const { containerName, volumeName, networks, bind, store } = this.#place;
        const command = pulumi
            .all([this.address, this.#args.bootstrapExpect, this.#args.join])
            .apply(([advertise, bootstrapExpect, join]) => {
                const where = { datacenter, advertise, join };
                return this.#flavour.command({ role, nodeName, ...where, bootstrapExpect });
            });
        const bridge =
            this.#args.dnsOnBridge === true
                ? this.machine.bridgeAddress
                : pulumi.output<string | undefined>(undefined);
        const ports = pulumi
            .all([this.machine.address, bridge])
            .apply(([address, bridgeAddress]) => bind(role, address, bridgeAddress));
        const args: docker.ContainerArgs = {
            name: containerName,
            image: image.reference,
            command,
            hostname: nodeName,
            ports,
            ...(networks === undefined ? {} : { networksAdvanced: networks }),
            volumes: [{ volumeName, containerPath: this.#flavour.dataDirectory }],
            uploads: [{ file: configFile, content: `${JSON.stringify(config, null, 2)}\n` }],
            envs: Object.entries(environment ?? {})
                .sort()
                .map(([key, value]) => `${key}=${value}`),
            labels: ports.apply((bindings) =>
                this.#labels({
                    [ignoreLabel]: "true",
                    ...this.#args.labels,
                    [portsLabel]: describePorts(bindings),
                }),
            ),
            restart: "unless-stopped",
            destroyGraceSeconds: stopSeconds,
            // Asks the agent alone. A check on the leader would turn every agent unhealthy with
            // the quorum, and whoever acts on that would make it worse.
            healthcheck: {
                tests: ["CMD", "consul", "members"],
                interval: "30s",
                timeout: "10s",
                startPeriod: "30s",
                retries: 3,
            },
        };
        return new docker.Container(name, args, {
            ...opts,
            dependsOn: [...after, ...this.#startAfter(`${name}-clearance`, args, after)],
            deleteBeforeReplace: true,
            // The provider accepts a changed check as an update, and then changes nothing.
            replaceOnChanges: ["healthcheck"],
            // Of two bindings of one container port the engine reports either first, and the
            // provider would replace the container for that. The label of ports stands in: it
            // changes with them, and a replacement takes them from here.
            ...(this.#args.dnsOnBridge === true ? { ignoreChanges: ["ports"] } : {}),
            hooks: { onError: [replaceLeftOver(name, store, this.machine)] },
        });
    }

    /** What the agent starts after; a server also has to be cleared for a change, last of all: what
     * was true before an image was pulled may not be so after. */
    #startAfter(
        name: string,
        container: docker.ContainerArgs,
        parts: readonly pulumi.Resource[],
    ): readonly pulumi.Resource[] {
        const { role, startAfter = [] } = this.#args;
        if (role === "client") {
            return startAfter;
        }
        const before = [...startAfter, ...parts];
        return [...startAfter, clearanceBefore(name, this.#lifecycle, container, before, this)];
    }

    get #lifecycle(): LifecycleArgs {
        const { role, datacenter, snapshots: folder } = this.#args;
        const snapshots = folder === undefined ? undefined : { folder, datacenter };
        const { nodeName, httpAddress, machine, generation } = this;
        const { askThrough } = this.#place;
        const { api } = this.#flavour;
        return { nodeName, role, httpAddress, askThrough, machine, generation, snapshots, api };
    }

    get #container(): ContainerRef {
        const { machine, store, containerName } = this.#place;
        return { store: store.path, machine: machine.machineName, container: containerName };
    }

    #gate(name: string): pulumi.Resource {
        const { nodeName, role, otherServers, bootstrapExpect } = this.#args;
        const { reloadable: config = {}, laterServers: later = [] } = this.#args;
        const { askThrough, store } = this.#place;
        const { api, electionFile } = this.#flavour;
        const log = this.#container;
        const binary = store.dockerMachine;
        const reloadable = { file: reloadableFile, config };
        const request = pulumi
            .all([this.httpAddress, otherServers, bootstrapExpect])
            .apply(([httpAddress, servers, expect]): AgentRequest => {
                const who = { nodeName, role, httpAddress, askThrough, api };
                const order = askThrough === undefined && later.length > 0 ? { later } : {};
                const election = expect === 1 ? { electionFile } : {};
                return { ...who, servers, ...order, log, binary, reloadable, ...election };
            });
        return scriptCommand(
            name,
            // Another list of servers is no reason to wait again: this node did not change.
            {
                up: askThrough === undefined ? "agent ready" : "agent seen",
                change: "agent known",
                request,
                identity: [this.agent.id],
            },
            { parent: this, dependsOn: [this.agent], ...goesWith(this.machine.command) },
        );
    }
}
