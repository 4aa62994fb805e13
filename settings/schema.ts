import { isIPv4 } from "node:net";
import * as z from "zod";

/** Says what a name must be; also the rule in the messages. */
const nameRule = "lowercase letters, digits and dashes, a letter first, at most 40 characters";
const namePattern = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** Names that mean something else on every host. */
const reservedNames = new Set(["localhost", "localdomain", "broadcasthost", "consul", "warmup"]);

const nodeName = z
    .string(nameRule)
    .regex(namePattern, nameRule)
    .refine((name) => !reservedNames.has(name), "a name that no node may have: it means another");

const addressRule = "an IPv4 address that other machines reach, such as 192.168.99.102";

/** Whether other machines can reach a machine at this address. */
function isReachableKind(address: string): boolean {
    const first = Number(address.split(".")[0]);
    return isIPv4(address) && first !== 0 && first !== 127 && first < 224;
}

const address = z.string(addressRule).refine(isReachableKind, addressRule);

const optionRule = "a string, a number, true, false or a list of strings";
const option = z.union(
    [z.string(), z.number(), z.boolean(), z.array(z.string(optionRule))],
    optionRule,
);

/** A driver's options as written; which of them there may be is another question. */
export const optionMap = z.record(
    z.string().regex(/^[a-zA-Z0-9-]+$/, "an option name: letters, digits and dashes"),
    option,
    "a map from option names to values",
);

const node = z.strictObject(
    { name: nodeName, address: address.optional(), options: optionMap.optional() },
    "a node: name, and where needed address and options",
);

const nodesRule = (least: number) => `a count from ${least} to 99, or a list of nodes`;

function nodes(least: number) {
    return z.union(
        [z.int().min(least).max(99), z.array(node)],
        // A list's own problems say more than that it is not a count.
        {
            error: (issue) => (Array.isArray(issue.input) ? undefined : nodesRule(least)),
        },
    );
}

const integer = (least: number, most: number) => {
    const rule = `a whole number from ${least} to ${most}`;
    return z.int(rule).min(least, rule).max(most, rule).optional();
};

const text = (rule: string) => z.string(rule).min(1, rule).optional();
const cidrPattern = /^(\d{1,3}\.){3}\d{1,3}\/\d{1,2}$/;

const subnetRule = "an IPv4 network of 16 to 24 bits, such as 10.89.7.0/24";
const subnet = z.string(subnetRule).refine((value) => {
    const bits = Number(value.split("/")[1]);
    return cidrPattern.test(value) && isIPv4(value.split("/")[0] ?? "") && bits >= 16 && bits <= 24;
}, subnetRule);

const dockerHostRule = "unix:///PATH, the socket of this computer's Docker Engine";

/** Options of the drivers that we know by ourselves. Every other driver is asked for its own. */
export const knownDrivers = {
    lab: z.strictObject({
        subnet: subnet.optional(),
        dockerHost: z
            .string(dockerHostRule)
            .regex(/^unix:\/\/\/.+/, dockerHostRule)
            .optional(),
    }),
    generic: z.strictObject({
        sshUser: text("a user name"),
        sshKey: text("the path of a private key file"),
        sshPort: integer(1, 65535),
        enginePort: integer(1, 65535),
    }),
    virtualbox: z.strictObject({
        memory: integer(512, 1_048_576),
        cpuCount: integer(1, 256),
        diskSize: integer(1000, 10_000_000),
        hostonlyCidr: z
            .string("an address and mask, such as 192.168.59.1/24")
            .regex(cidrPattern, "an address and mask, such as 192.168.59.1/24")
            .optional(),
        boot2dockerUrl: text("a URL, or file:///PATH"),
    }),
} as const;

const imageRule = "a reference with a tag (hashicorp/consul:1.22.2) or a path ending in .tar";

/** An archive is told by its name: no reference may end so, for a tag has a colon before it. */
export function isArchive(image: string): boolean {
    return /^[^:]*\.(tar|tar\.gz|tgz)$/.test(image);
}

const referencePattern =
    /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

const datacenterRule = "lowercase letters, digits, dashes and underscores";

const stringMap = (rule: string, keys: RegExp) =>
    z.record(z.string().regex(keys, rule), z.string(rule), rule);

/** Every setting, as the stack file has it. */
export const settingsSchema = z.strictObject({
    servers: nodes(0),
    clients: nodes(0),
    driver: z.string().regex(/^[a-z][a-z0-9]*$/, "a driver's name, lowercase letters and digits"),
    driverOptions: optionMap,
    image: z
        .string(imageRule)
        .refine((image) => isArchive(image) || referencePattern.test(image), imageRule),
    datacenter: z.string(datacenterRule).regex(/^[a-z0-9_-]+$/, datacenterRule),
    join: z.array(address, "a list of addresses"),
    recursors: z.array(
        z.string().refine((value) => isIPv4(value), "the IPv4 address of a resolver"),
        "a list of resolvers' addresses",
    ),
    dnsOnBridge: z.boolean("true or false"),
    agentConfig: z.record(z.string(), z.json(), "a map of Consul's configuration"),
    environment: stringMap("a map from variable names to strings", /^[A-Za-z_][A-Za-z0-9_]*$/),
    labels: stringMap("a map from label names to strings", /^[a-zA-Z0-9._/-]+$/),
    dockerMachine: z.string("a program's name or path"),
    machineStore: z.string("a folder"),
});

/** Settings of the right form, not yet checked against one another. */
export type RawSettings = z.infer<typeof settingsSchema>;

/** One node as listed. */
export type RawNode = z.infer<typeof node>;
