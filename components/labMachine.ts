import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { LabHost } from "./labHost.ts";
import { replaceLeftOverHere } from "./leftOver.ts";
import type { GenericMachine } from "./machineArgs.ts";

/** One lab machine. */
export interface LabMachineArgs {
    /** The machine's name; its container carries it, with the project before it. */
    readonly machineName: string;
    /** Its fixed address on the lab network. Changing it replaces the machine. */
    readonly address: string;
    /** What it stands on. */
    readonly host: LabHost;
}

/**
 * Capabilities of a machine: all but SYS_RESOURCE, BPF, PERFMON and CHECKPOINT_RESTORE, which are
 * outside of what some hosts may give at all; there `--privileged` fails, and this list does not.
 */
const capabilities = [
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
].map((name) => `CAP_${name}`);

/**
 * A container that plays a machine: it runs systemd, sshd and a Docker Engine of its own, and
 * docker-machine provisions it over SSH as it would any other host.
 */
export class LabMachine extends pulumi.ComponentResource {
    /** How docker-machine reaches it. */
    public readonly machine: GenericMachine;
    /** Id of the container: another id is another host, blank. */
    public readonly hostId: pulumi.Output<string>;

    constructor(name: string, args: LabMachineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:LabMachine", name, {}, opts);
        const { machineName, address, host } = args;
        const containerName = `${pulumi.getProject()}-${machineName}`;
        const container = new docker.Container(
            `${name}-host`,
            {
                name: containerName,
                image: host.imageReference,
                hostname: machineName,
                networksAdvanced: [{ name: host.network.name, ipv4Address: address }],
                labels: host.labels("machine"),
                capabilities: { adds: capabilities },
                securityOpts: [
                    "apparmor=unconfined",
                    "seccomp=unconfined",
                    "systempaths=unconfined",
                ],
                cgroupnsMode: "private",
                tmpfs: { "/run": "exec", "/run/lock": "" },
                envs: [pulumi.interpolate`LAB_AUTHORIZED_KEYS=${host.publicKey}`],
                stopSignal: "SIGRTMIN+3",
                restart: "unless-stopped",
                // The inner engine's data; its volume is anonymous and goes with the container.
                removeVolumes: true,
            },
            {
                parent: this,
                provider: host.provider,
                dependsOn: [host.image],
                deleteBeforeReplace: true,
                // The engine turns "systempaths" into something else and does not report it back,
                // so every refresh would see a change and replace the machine.
                ignoreChanges: ["securityOpts"],
                hooks: {
                    onError: [replaceLeftOverHere(name, "containers", host.owner, host.socketPath)],
                },
            },
        );
        this.machine = { driver: "generic", address, sshUser: "root", sshKey: host.keyFile };
        this.hostId = container.id;
        this.registerOutputs({ address });
    }
}
