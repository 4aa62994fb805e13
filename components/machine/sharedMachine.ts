import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { imageOnMachine, type AgentImage } from "../agent/agentImage.ts";
import { containerAddress, defaultNodeSubnet, gatewayAddress } from "./containerAddresses.ts";
import {
    DockerMachine,
    goesWith,
    machineProvider,
    type DockerMachineArgs,
} from "./dockerMachine.ts";
import { httpAddressOf } from "./httpAddress.ts";
import { replaceLeftOver } from "./leftOver.ts";
import type { MachineStore } from "./machineStore.ts";
import { volumeName, type NodePlace } from "./nodePlace.ts";
import { bindOutside } from "../agent/ports.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";

/** A machine that several nodes share. */
export interface SharedMachineArgs extends DockerMachineArgs {
    /** The image of the agents. */
    readonly image: AgentImage;
    /** The node that is reached from outside; it publishes the HTTP API with the web UI, and DNS. */
    readonly published: string;
    /** The nodes' own network inside the machine. Changing it replaces every container.
     * @default {@link defaultNodeSubnet} */
    readonly subnet?: string | undefined;
}

/** Name of the nodes' network, on their machine. */
export const nodeNetworkName = "consul";

/**
 * One machine that carries several nodes.
 *
 * Their containers have a network of their own, on which each has its node's name and a fixed
 * address: by the name it is joined, the address it advertises. One of them is reached from
 * outside, on the machine's address; the others publish nothing.
 */
export class SharedMachine extends pulumi.ComponentResource {
    /** The machine. */
    public readonly machine: DockerMachine;
    /** HTTP API of the node that is reached from outside. */
    public readonly httpAddress: pulumi.Output<string>;
    readonly #args: SharedMachineArgs;
    readonly #store: MachineStore;
    readonly #provider: docker.Provider;
    readonly #image: pulumi.Resource;
    readonly #network: docker.Network;

    constructor(name: string, args: SharedMachineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:SharedMachine", name, {}, opts);
        this.#args = args;
        this.#store = args.store;
        this.machine = new DockerMachine(`${name}-machine`, args, { parent: this });
        this.#provider = machineProvider(`${name}-docker`, this.machine, this);
        this.#image = imageOnMachine(
            `${name}-image`,
            {
                image: args.image,
                machine: this.machine,
                store: args.store,
                provider: this.#provider,
            },
            this,
        );
        this.#network = this.#nodeNetwork(`${name}-network`);
        this.httpAddress = httpAddressOf(this.machine.address);
        this.registerOutputs({ httpAddress: this.httpAddress });
    }

    /** The place of one of its nodes. */
    public placeOf(nodeName: string): NodePlace {
        const ipv4Address = containerAddress(this.#subnet, nodeName);
        const isPublished = nodeName === this.#args.published;
        return {
            machine: this.machine,
            store: this.#store,
            provider: this.#provider,
            image: this.#image,
            containerName: nodeName,
            volumeName: `${volumeName}-${nodeName}`,
            address: pulumi.output(ipv4Address),
            joinAddress: pulumi.output(nodeName),
            httpAddress: this.httpAddress,
            networks: [{ name: this.#network.name, ipv4Address }],
            askThrough: this.#args.published,
            bind: (_role, machineAddress, bridgeAddress) =>
                isPublished ? bindOutside(machineAddress, bridgeAddress) : [],
        };
    }

    get #subnet(): string {
        return this.#args.subnet ?? defaultNodeSubnet;
    }

    /** Its name seems to come from the machine: see the volume of a node. */
    #nodeNetwork(name: string): docker.Network {
        const { command } = this.machine;
        const labels = [{ label: ownerLabel, value: this.#store.owner }];
        return new docker.Network(
            name,
            {
                name: command.id.apply(() => nodeNetworkName),
                driver: "bridge",
                ipamConfigs: [{ subnet: this.#subnet, gateway: gatewayAddress(this.#subnet) }],
                labels,
            },
            {
                parent: this,
                provider: this.#provider,
                ...goesWith(command),
                hooks: { onError: [replaceLeftOver(name, this.#store, this.machine, "networks")] },
            },
        );
    }
}
