/** A machine that docker-machine reaches over SSH: a host that exists already. */
export interface GenericMachine {
    readonly driver: "generic";
    /** The host's address: an IPv4 address that the other machines reach too. */
    readonly address: string;
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

/** The address of a machine whose settings state it; undefined where only the machine knows. */
export function declaredAddress(machine: MachineArgs): string | undefined {
    return isGeneric(machine) ? machine.address : undefined;
}

/** Whether the machine is an existing host, reached over SSH. */
export function isGeneric(machine: MachineArgs): machine is GenericMachine {
    return machine.driver === "generic" && "address" in machine;
}

/** The flags of `docker-machine create` that say how this machine is made, sorted. */
export function driverFlags(machine: MachineArgs): string[] {
    return Object.entries(driverOptions(machine))
        .flatMap(([option, value]) => flagsOf(`--${machine.driver}-${option}`, value))
        .sort();
}

function driverOptions(machine: MachineArgs): Readonly<Record<string, DriverOption | undefined>> {
    if ("options" in machine) {
        return machine.options;
    }
    if (isGeneric(machine)) {
        return {
            "ip-address": machine.address,
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
