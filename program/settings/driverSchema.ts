import { isOfBridge } from "../../components/machine/hostAddress.ts";
import { Subnet } from "../../components/machine/subnet.ts";
import { integer, mapOf, textOf } from "./schemaParts.ts";

/** The network of a text `ADDRESS/BITS` with a number of bits within these; undefined for any other text. */
function cidr(value: string, least: number, most: number): Subnet | undefined {
    const subnet = Subnet.parse(value);
    return subnet !== undefined && subnet.bits >= least && subnet.bits <= most ? subnet : undefined;
}

const subnet = textOf(
    "an IPv4 network of 16 to 24 bits, such as 10.89.7.0/24",
    (value) => cidr(value, 16, 24)?.isNetwork === true,
).refine(
    (value) => !isOfBridge(value),
    "another network; 172.17.0.0/16 is the bridge inside of every machine",
);

const hostonlyCidr = textOf(
    "an address and mask, such as 192.168.59.1/24",
    (value) => cidr(value, 8, 30) !== undefined,
);

const dockerHost = textOf(
    "unix:///PATH, the socket of this computer's Docker Engine",
    /^unix:\/\/\/.+/,
);

/** Options of the drivers that we know by ourselves. Every other driver is asked for its own. */
export const knownDrivers = {
    lab: mapOf({
        subnet: subnet
            .optional()
            .describe("The machines' network on this computer. Left out: one for each stack."),
        dockerHost: dockerHost
            .optional()
            .describe("The engine that the machines run on. Left out: this computer's usual one."),
    }),
    generic: mapOf({
        sshUser: textOf("a user name", /./)
            .optional()
            .meta({ description: "Who logs in.", default: "root" }),
        sshKey: textOf("the path of a private key file", /./)
            .optional()
            .describe("The key, relative to the project or absolute. Left out: the SSH agent's."),
        sshPort: integer(1, 65535)
            .optional()
            .meta({ description: "Where sshd listens.", default: 22 }),
        enginePort: integer(1, 65535)
            .optional()
            .meta({ description: "Where the host's Docker Engine is to listen.", default: 2376 }),
    }),
    virtualbox: mapOf({
        memory: integer(512, 1_048_576)
            .optional()
            .meta({ description: "MB of memory of each machine.", default: 1024 }),
        cpuCount: integer(1, 256).optional().meta({ description: "Virtual CPUs.", default: 1 }),
        diskSize: integer(1000, 10_000_000)
            .optional()
            .meta({ description: "MB of disk, taken as it fills.", default: 20_000 }),
        hostonlyCidr: hostonlyCidr.optional().meta({
            description: "The network between the machines and this computer.",
            default: "192.168.59.1/24",
        }),
        boot2dockerUrl: textOf("a URL, or file:///PATH", /./)
            .optional()
            .describe("The image that machines boot. Left out: the newest boot2docker."),
    }),
} as const;
