import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labLabel, ownerLabel } from "../../scripts/protocol/labels.ts";
import { labContainerOf } from "../../scripts/protocol/names.ts";
import type { LabHost } from "./labHost.ts";
import { replaceLeftOverHere } from "./leftOver.ts";
import type { GenericMachine } from "./machineArgs.ts";

/** One lab machine. */
export interface LabMachineArgs {
    /** The machine's name; its container carries it, with the project before it. */
    readonly machineName: string;
    /** Its fixed address on the lab network. Changing it replaces the machine. */
    readonly address: string;
    /** The lab that it is part of. */
    readonly host: LabHost;
    /** What it waits for. @default its lab alone */
    readonly after?: readonly pulumi.Resource[] | undefined;
}

/**
 * Capabilities that a machine has beyond those of any container: what systemd, sshd and an inner
 * engine use, and none that reaches the host's clock, modules or memory. Named one by one, because
 * `--privileged` fails on hosts that cannot grant all of them.
 */
export const labCapabilities = [
    "DAC_READ_SEARCH",
    "IPC_LOCK",
    "IPC_OWNER",
    "LEASE",
    "LINUX_IMMUTABLE",
    "NET_ADMIN",
    "NET_BROADCAST",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_PTRACE",
    "SYS_TTY_CONFIG",
].map((name) => `CAP_${name}`);

/**
 * A container that plays a machine: it runs systemd, sshd and a Docker Engine of its own, and
 * docker-machine provisions it over SSH as it would any other host.
 */
export class LabMachine extends pulumi.ComponentResource {
    /** How docker-machine reaches it. */
    public readonly machine: GenericMachine;
    /** Id of the container: another id is another, empty host. */
    public readonly hostId: pulumi.Output<string>;

    constructor(name: string, args: LabMachineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:LabMachine", name, {}, opts);
        const { machineName, address, host, after = [] } = args;
        const container = new docker.Container(
            `${name}-host`,
            {
                name: labContainerOf(pulumi.getProject(), machineName),
                image: host.imageReference,
                hostname: machineName,
                networksAdvanced: [{ name: host.networkName, ipv4Address: address }],
                labels: [
                    { label: labLabel, value: "machine" },
                    { label: ownerLabel, value: host.owner },
                ],
                capabilities: { adds: labCapabilities },
                securityOpts: ["apparmor=unconfined", "seccomp=unconfined"],
                cgroupnsMode: "private",
                envs: [pulumi.interpolate`LAB_AUTHORIZED_KEYS=${host.publicKey}`],
                restart: "unless-stopped",
                // The inner engine's data; its volume is anonymous and goes with the container.
                removeVolumes: true,
            },
            {
                parent: this,
                provider: host.provider,
                dependsOn: [host.image, ...after],
                deleteBeforeReplace: true,
                hooks: { onError: [replaceLeftOverHere(name, host.owner, host.socketPath)] },
            },
        );
        this.machine = { driver: "generic", address, sshUser: "root", sshKey: host.keyFile };
        this.hostId = container.id;
        this.registerOutputs({ address });
    }
}
