import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { AgentRequest, LogSource } from "../scripts/requests.ts";
import { agentCommand, configFile, dataDirectory, reloadableFile } from "./agentCommand.ts";
import type { JsonObject } from "./agentConfig.ts";
import { imageOnMachine, type AgentImage } from "./agentImage.ts";
import {
    DockerMachine,
    goesWith,
    machineProvider,
    type DockerMachineArgs,
} from "./dockerMachine.ts";
import { httpAddressOf } from "./httpAddress.ts";
import { replaceLeftOver } from "./leftOver.ts";
import type { MachineStore } from "./machineStore.ts";
import { clearanceBefore, membershipOf, type LifecycleArgs } from "./nodeLifecycle.ts";
import { registerServices } from "./nodeServices.ts";
import { bindPorts, describePorts, ignoreLabel, type Role } from "./ports.ts";
import { scriptCommand } from "./scriptCommand.ts";
import type { ServiceArgs } from "./services.ts";

/** One node: a machine, and the agent on it. */
export interface ConsulNodeArgs extends DockerMachineArgs {
    /** The node's name in the cluster, and its container's host name. Changing it replaces the
     * container; its peers would take the renamed node for another one with its identity. */
    readonly nodeName: string;
    /** Whether the agent is a server. Changing it replaces the container. */
    readonly role: Role;
    /** Datacenter of the cluster. Changing it replaces the container. */
    readonly datacenter: string;
    /** The image. Changing it replaces the container; its data stay. */
    readonly image: AgentImage;
    /** Number of servers the first election waits for; for the bootstrap server alone. */
    readonly bootstrapExpect?: pulumi.Input<number | undefined>;
    /** Addresses to join. */
    readonly join: pulumi.Input<pulumi.Input<string>[]>;
    /** The configuration that the agent starts with. Changing it replaces the container. */
    readonly config: JsonObject;
    /** The configuration that a running agent takes anew. Changing it touches no container.
     * @default none */
    readonly reloadable?: JsonObject;
    /** HTTP addresses of the other servers, by name: the gate asks them about this node. */
    readonly otherServers: pulumi.Input<Record<string, string>>;
    /** Whether DNS is also bound to the machine's docker0 address on port 53. @default false */
    readonly dnsOnBridge?: boolean;
    /** Extra environment of the container. @default none */
    readonly environment?: Readonly<Record<string, string>>;
    /** Extra labels of the container. @default none */
    readonly labels?: Readonly<Record<string, string>>;
    /** Folder for the snapshots that are taken before a server is replaced, relative to the
     * project. @default none are taken */
    readonly snapshots?: string | undefined;
    /** Services on the machine, registered with the agent. A change of theirs replaces nothing.
     * @default none */
    readonly services?: readonly ServiceArgs[] | undefined;
    /** What the agent starts after. The machine does not wait for it. @default nothing */
    readonly startAfter?: readonly pulumi.Resource[];
}

/** Names on the machine. One machine carries one node, so they need no prefix. */
export const containerName = "consul";
const volumeName = "consul-data";

/** Spells out the container's port bindings. */
const portsLabel = "consul-machines.ports";

/** Seconds that an agent may take to stop; a server that leaves needs about fourteen. */
const stopSeconds = 30;

/** One machine running one Consul agent, every port bound to the machine's own address. */
export class ConsulNode extends pulumi.ComponentResource {
    /** The machine below. */
    public readonly machine: DockerMachine;
    /** Where peers and clients reach this node. */
    public readonly address: pulumi.Output<string>;
    /** Provider of the machine's Docker Engine, for other containers there. */
    public readonly provider: docker.Provider;
    /** The agent's HTTP API, `http://ADDRESS:8500`. */
    public readonly httpAddress: pulumi.Output<string>;
    /** The agent's container. */
    public readonly agent: docker.Container;
    /** The gate: whoever starts after this node waits for it. */
    public readonly ready: pulumi.Resource;
    /** The node's place in the cluster: it leaves when this is removed. */
    public readonly membership: pulumi.Resource;
    /** The node's name in the cluster. */
    public readonly nodeName: string;
    /** The store that keeps the machine. */
    public readonly store: MachineStore;
    readonly #args: ConsulNodeArgs;

    constructor(name: string, args: ConsulNodeArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:ConsulNode", name, {}, opts);
        this.#args = args;
        this.nodeName = args.nodeName;
        this.store = args.store;
        this.machine = new DockerMachine(`${name}-machine`, args, { parent: this });
        this.address = this.machine.address;
        this.httpAddress = httpAddressOf(this.address);

        const provider = machineProvider(`${name}-docker`, this.machine, this);
        this.provider = provider;
        const placed = { parent: this, provider, ...goesWith(this.machine.command) };
        const image = imageOnMachine(
            `${name}-image`,
            { image: args.image, machine: this.machine, store: args.store, provider },
            this,
        );
        const data = this.#data(`${name}-data`, provider);
        this.agent = this.#agent(`${name}-agent`, placed, [image, data]);
        this.ready = this.#gate(`${name}-ready`);
        this.membership = membershipOf(
            `${name}-member`,
            this.#lifecycle,
            { servers: args.otherServers, agent: this.#container, owner: args.store.owner },
            { parent: this, dependsOn: [this.ready] },
        );
        registerServices(`${name}-services`, this, args.services ?? []);
        this.registerOutputs({ address: this.address, httpAddress: this.httpAddress });
    }

    /**
     * The data. Their name seems to come from the machine: by this edge the engine puts them behind
     * the container when both are deleted for a new machine. `replaceWith` has no such order, and
     * no volume can be deleted that is in use.
     */
    #data(name: string, provider: docker.Provider): docker.Volume {
        const { command } = this.machine;
        return new docker.Volume(
            name,
            { name: command.id.apply(() => volumeName), labels: this.#labels() },
            { parent: this, provider, deletedWith: command, deleteBeforeReplace: true },
        );
    }

    #labels(extra: Readonly<Record<string, string>> = {}) {
        const labels = {
            ...extra,
            "consul-machines.owner": this.#args.store.owner,
            "consul-machines.node": this.#args.nodeName,
        };
        return Object.entries(labels)
            .sort()
            .map(([label, value]) => ({ label, value }));
    }

    #agent(name: string, opts: pulumi.CustomResourceOptions, after: readonly pulumi.Resource[]) {
        const { nodeName, role, datacenter, image, config, environment } = this.#args;
        const command = pulumi
            .all([this.address, this.#args.bootstrapExpect, this.#args.join])
            .apply(([advertise, bootstrapExpect, join]) =>
                agentCommand({ role, nodeName, datacenter, advertise, bootstrapExpect, join }),
            );
        const bridge =
            this.#args.dnsOnBridge === true
                ? this.machine.bridgeAddress
                : pulumi.output<string | undefined>(undefined);
        const ports = pulumi
            .all([this.address, bridge])
            .apply(([address, bridgeAddress]) => bindPorts(role, address, bridgeAddress));
        const args: docker.ContainerArgs = {
            name: containerName,
            image: image.reference,
            command,
            hostname: nodeName,
            ports,
            volumes: [{ volumeName, containerPath: dataDirectory }],
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
            hooks: { onError: [replaceLeftOver(name, this.#args.store, this.machine)] },
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
        const { nodeName, httpAddress, machine } = this;
        return { nodeName, role, httpAddress, machine, snapshots };
    }

    get #container(): LogSource {
        const { machineName: machine } = this.machine;
        return { store: this.store.path, machine, container: containerName };
    }

    #gate(name: string): pulumi.Resource {
        const { nodeName, role, otherServers, reloadable: config = {} } = this.#args;
        const log = this.#container;
        const reloadable = { file: reloadableFile, config };
        const request = pulumi
            .all([this.httpAddress, otherServers])
            .apply(([httpAddress, servers]): AgentRequest => {
                return { nodeName, role, httpAddress, servers, log, reloadable };
            });
        return scriptCommand(
            name,
            // Another list of servers is no reason to wait again: this node did not change.
            {
                up: "agent ready",
                change: "agent known",
                request,
                identity: [this.agent.id],
            },
            { parent: this, dependsOn: [this.agent], ...goesWith(this.machine.command) },
        );
    }
}
