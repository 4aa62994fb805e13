import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labImageReference } from "../../scripts/lab/labImage.ts";
import type {
    LabImageBuildRequest,
    LabKeyRequest,
    LabNetworkRequest,
} from "../../scripts/protocol/requests.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { gatewayAddress } from "./containerAddresses.ts";
import type { MachineStore } from "./machineStore.ts";

/** Default socket of the Docker Engine that runs the lab machines. */
export const defaultDockerHost = "unix:///var/run/docker.sock";

/** What the lab machines of one stack share. */
export interface LabHostArgs {
    /** Socket of this computer's Docker Engine, `unix:///PATH`. @default {@link defaultDockerHost} */
    readonly dockerHost?: string | undefined;
    /** Network of the machines, for example `10.89.7.0/24`. Changing it replaces every machine. */
    readonly subnet: string;
    /** Keeps the SSH key beside the machines. */
    readonly store: MachineStore;
}

/**
 * What lab machines need: an image of a machine, a network on which each has a fixed address that
 * this computer reaches, and the SSH key by which docker-machine logs in.
 */
export class LabHost extends pulumi.ComponentResource {
    /** Provider of this computer's Docker Engine. */
    public readonly provider: docker.Provider;
    /** Name of the machines' network, once it is there. */
    public readonly networkName: pulumi.Output<string>;
    /** What the machines' containers wait for. */
    public readonly image: pulumi.Resource;
    /** Tag of the machine image. */
    public readonly imageReference: string;
    /** The private key, relative to the project. */
    public readonly keyFile: string;
    /** The public key. */
    public readonly publicKey: pulumi.Output<string>;
    /** Path of the engine's socket. */
    public readonly socketPath: string;
    /** Owner of the machines, `project/stack`. */
    public readonly owner: string;

    constructor(name: string, args: LabHostArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:LabHost", name, {}, opts);
        const { store } = args;
        const dockerHost = args.dockerHost ?? defaultDockerHost;
        this.owner = store.owner;
        this.socketPath = socketPathOf(dockerHost);
        this.provider = new docker.Provider(
            `${name}-docker`,
            { host: dockerHost, context: "" },
            { parent: this },
        );
        const network: LabNetworkRequest = {
            socketPath: this.socketPath,
            network: this.owner.replace("/", "-"),
            subnet: args.subnet,
            gateway: gatewayAddress(args.subnet),
            owner: this.owner,
        };
        // Not the Docker provider's network: it waits two seconds after the engine has made one.
        const { id } = scriptCommand(
            `${name}-network`,
            {
                up: "lab network",
                down: "lab unnetwork",
                request: network,
                // Another network replaces all machines.
                identity: Object.values(network),
            },
            { parent: this },
        );
        this.networkName = id.apply(() => network.network);
        this.imageReference = labImageReference();
        const build: LabImageBuildRequest = { host: dockerHost, reference: this.imageReference };
        this.image = scriptCommand(
            `${name}-image`,
            { up: "lab image", request: build },
            { parent: this, customTimeouts: { create: "30m", update: "30m" } },
        );
        this.keyFile = `${store.path}/lab-ssh/id_lab`;
        const key: LabKeyRequest = { keyFile: this.keyFile };
        this.publicKey = scriptCommand(
            `${name}-key`,
            { up: "lab key", down: "lab unkey", request: key, identity: [this.keyFile] },
            { parent: this, dependsOn: [store.ready] },
        ).stdout;
        this.registerOutputs({ subnet: args.subnet });
    }
}

/** The path of a `unix://` address, which the settings have been checked to be. */
export function socketPathOf(dockerHost: string): string {
    return dockerHost.replace(/^unix:\/\//, "");
}
