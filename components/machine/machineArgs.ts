import type * as pulumi from "@pulumi/pulumi";
import type { HostPlace } from "./hostAddress.ts";

/** A machine that docker-machine reaches over SSH: a host that exists already, or that another resource of the program
 * makes. */
export interface GenericMachine {
    readonly driver: "generic";
    /**
     * The host's address, on one of its own interfaces: an IPv4 address that the other machines reach. Its node binds its
     * ports there and advertises it.
     *
     * Of a plain text any change replaces the machine. An output of another resource is not part of what the machine is:
     * the machine is known by its name, and a host that has another address is followed there, its container replaced.
     * A text in place of an output, or the other way round, replaces the machine.
     */
    readonly address: pulumi.Input<string>;
    /**
     * Where this computer reaches the host, if that is not its address, as behind NAT or at the end of a VPN: an IPv4
     * address or a host name. SSH, the machine's Docker Engine and the node's API are reached there, on the same ports.
     * Changing it replaces nothing: the engine gets a certificate for it and restarts, the agent's certificate is renewed
     * while it runs. @default its address
     */
    readonly reach?: pulumi.Input<string> | undefined;
    /** Id of the host, where another resource makes it: another host replaces the machine and everything on it.
     * @default none */
    readonly hostId?: pulumi.Input<string> | undefined;
    /** User that logs in; needs sudo without a password. @default "root" */
    readonly sshUser?: string | undefined;
    /** Private key file, relative to the project. @default the SSH agent's keys */
    readonly sshKey?: string | undefined;
    /** Port of the SSH server. @default 22 */
    readonly sshPort?: number | undefined;
    /** Port that the machine's Docker Engine will listen on. @default 2376 */
    readonly enginePort?: number | undefined;
}

/** A virtual machine that VirtualBox runs on this computer. */
export interface VirtualboxMachine {
    readonly driver: "virtualbox";
    /** Memory in MB. @default docker-machine's own, 1024 */
    readonly memory?: number | undefined;
    /** Number of virtual CPUs. @default docker-machine's own, 1 */
    readonly cpuCount?: number | undefined;
    /** Disk in MB. @default docker-machine's own, 20000 */
    readonly diskSize?: number | undefined;
    /** Address and mask of the host-only network. @default "192.168.59.1/24", inside the only
     * range that VirtualBox allows since 6.1.28 */
    readonly hostonlyCidr?: string | undefined;
    /** Boot image, a URL or `file:///...`. @default docker-machine's own: the newest it finds */
    readonly boot2dockerUrl?: string | undefined;
}

/** A value of a driver's option, as docker-machine's flags take it. A list repeats the flag. */
export type DriverOption = string | number | boolean | readonly string[];

/** A machine of any other driver that the docker-machine binary knows. */
export interface DriverMachine {
    /** Name of the driver, for example `amazonec2`. */
    readonly driver: string;
    /** Options without the driver's prefix: `{ region: "eu-west-1" }` is `--amazonec2-region`. */
    readonly options: Readonly<Record<string, DriverOption>>;
}

/** How a machine is made. Any change replaces the machine and everything on it. */
export type MachineArgs = GenericMachine | VirtualboxMachine | DriverMachine;

/** An existing host whose place is known before anything is made, as that of the settings is. */
export type KnownHost = GenericMachine & HostPlace;

/** A machine that is made in one known way. */
export type KnownMachine = KnownHost | VirtualboxMachine | DriverMachine;

/** The address of a machine whose settings state it; undefined where only the machine knows, or another resource. */
export function declaredAddress(machine: MachineArgs): string | undefined {
    return isKnownHost(machine) ? machine.address : undefined;
}

/** Whether the machine is an existing host, reached over SSH. */
export function isGeneric(machine: MachineArgs): machine is GenericMachine {
    return machine.driver === "generic" && "address" in machine;
}

/** Whether the machine is an existing host whose place is known before anything is made. */
export function isKnownHost(machine: MachineArgs): machine is KnownHost {
    return (
        isGeneric(machine) &&
        typeof machine.address === "string" &&
        (machine.reach === undefined || typeof machine.reach === "string")
    );
}

/** The flags of `docker-machine create` that say how this machine is made, sorted. It connects to its host where this
 * computer reaches that. */
export function driverFlags(machine: KnownMachine): string[] {
    return flagsFrom(machine, isGeneric(machine) ? (machine.reach ?? machine.address) : undefined);
}

/** What of a machine replaces it when it changes: its flags, with a host's own address, wherever it is reached; and
 * without any of a host that another resource makes. */
export function identityFlags(machine: MachineArgs): string[] {
    return flagsFrom(machine, declaredText(machine));
}

function declaredText(machine: MachineArgs): string | undefined {
    return isGeneric(machine) && typeof machine.address === "string" ? machine.address : undefined;
}

function flagsFrom(machine: MachineArgs, host: string | undefined): string[] {
    return Object.entries(driverOptions(machine, host))
        .flatMap(([option, value]) => flagsOf(`--${machine.driver}-${option}`, value))
        .sort();
}

/** @param host where docker-machine connects to an existing host. */
function driverOptions(
    machine: MachineArgs,
    host: string | undefined,
): Readonly<Record<string, DriverOption | undefined>> {
    if ("options" in machine) {
        return machine.options;
    }
    if (isGeneric(machine)) {
        return {
            "ip-address": host,
            "ssh-user": machine.sshUser,
            "ssh-key": machine.sshKey,
            "ssh-port": machine.sshPort,
            "engine-port": machine.enginePort,
        };
    }
    const { memory, cpuCount, diskSize, boot2dockerUrl } = machine;
    return {
        memory,
        "cpu-count": cpuCount,
        "disk-size": diskSize,
        "hostonly-cidr": machine.hostonlyCidr ?? "192.168.59.1/24",
        "boot2docker-url": boot2dockerUrl,
    };
}

/** Always `--flag=value`: a value may start with a dash, and a boolean takes no second word. */
function flagsOf(flag: string, value: DriverOption | undefined): string[] {
    if (value === undefined) {
        return [];
    }
    return typeof value === "object"
        ? value.map((one) => `${flag}=${one}`)
        : [`${flag}=${String(value)}`];
}
