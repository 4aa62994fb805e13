import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { imageContractOf } from "../agent/imageContracts.ts";
import type { PortSettings } from "../agent/portSettings.ts";
import { containerAddress, defaultNodeSubnet, gatewayAddress } from "./containerAddresses.ts";
import { declareEngine } from "./engineCommand.ts";
import { goesWith, type DockerMachine, type DockerMachineArgs } from "./dockerMachine.ts";
import { replaceLeftOver } from "./leftOver.ts";
import {
    agentHost,
    configVolumeName,
    httpAddressOf,
    volumeName,
    type AgentHost,
    type Placement,
} from "./placement.ts";

/** A machine that several nodes share. */
export interface SharedMachineArgs extends DockerMachineArgs {
    /** The image of the agents. */
    readonly image: AgentImage;
    /** The node that is reached from outside; it publishes the HTTP API with the web UI, and DNS. */
    readonly published: string;
    /** The nodes' own network inside the machine. Changing it replaces every container.
     * @default {@link defaultNodeSubnet} */
    readonly subnet?: string | undefined;
    /** How far the nodes' cluster is secured. @default "open" */
    readonly security?: Security | undefined;
    /** Which ports the node publishes that is reached from outside. @default Consul's own */
    readonly ports?: PortSettings | undefined;
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
    /** HTTP API of the node that is reached from outside, where this computer reaches it. */
    public readonly httpAddress: pulumi.Output<string>;
    readonly #published: string;
    readonly #subnet: string;
    readonly #host: AgentHost;
    readonly #network: docker.Network;
    readonly #contract: ImageContract;

    constructor(name: string, args: SharedMachineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:SharedMachine", name, {}, opts);
        this.#published = args.published;
        this.#subnet = args.subnet ?? defaultNodeSubnet;
        this.#contract = imageContractOf("official", args.security, args.ports);
        this.#host = agentHost(name, args, args.image, this, (machine) =>
            declareEngine(`${name}-engine`, { args }, machine, this),
        );
        this.machine = this.#host.machine;
        this.#network = this.#nodeNetwork(`${name}-network`);
        this.httpAddress = httpAddressOf(this.machine.reach, this.#contract.endpoint);
        this.registerOutputs({ httpAddress: this.httpAddress });
    }

    /** Places one of its nodes. */
    public placementOf(nodeName: string): Placement {
        const ipv4Address = containerAddress(this.#subnet, nodeName);
        return {
            ...this.#host,
            containerName: nodeName,
            volumeName: `${volumeName}-${nodeName}`,
            configVolumeName: `${configVolumeName}-${nodeName}`,
            address: pulumi.output(ipv4Address),
            joinAddress: pulumi.output(nodeName),
            httpAddress: this.httpAddress,
            peerHttpAddress: httpAddressOf(this.machine.address, this.#contract.endpoint),
            networks: [{ name: this.#network.name, ipv4Address }],
            queryVia: this.#published,
            ports: nodeName === this.#published ? this.#contract.apiPorts : [],
        };
    }

    /** What of a cluster's ports is one of its nodes': only the one that is reached from outside has an API at the bridge. */
    public portSettingsOf(nodeName: string, settings: PortSettings): PortSettings {
        return nodeName === this.#published ? settings : { ...settings, httpOnBridge: false };
    }

    /** The nodes' network. Its name goes through the machine's id like that of a node's volume. */
    #nodeNetwork(name: string): docker.Network {
        const { command, store } = this.machine;
        return new docker.Network(
            name,
            {
                name: command.id.apply(() => nodeNetworkName),
                driver: "bridge",
                ipamConfigs: [{ subnet: this.#subnet, gateway: gatewayAddress(this.#subnet) }],
                labels: [{ label: ownerLabel, value: store.owner }],
            },
            {
                parent: this,
                provider: this.#host.provider,
                ...goesWith(command),
                hooks: { onError: [replaceLeftOver(name, this.machine, "networks")] },
            },
        );
    }
}
