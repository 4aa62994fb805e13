import { isIPv4 } from "node:net";
import { z } from "zod";
import { isArchive } from "../../components/agent/imageArchive.ts";
import { Subnet } from "../../components/machine/subnet.ts";
import { objectRule, servicesSchema } from "../../components/node/serviceSchema.ts";

/** Says what a name must be; also the rule in the messages. */
const nameRule = "lowercase letters, digits and dashes, a letter first, at most 40 characters";
const namePattern = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;

/** Names that mean something else on every host. */
const reservedNames = new Set(["localhost", "localdomain", "broadcasthost", "consul", "warmup"]);

/** A map with these keys and no other. */
function mapOf<Shape extends z.ZodRawShape>(shape: Shape, rule: string) {
    return z.strictObject(shape, objectRule(rule, Object.keys(shape)));
}

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

const bridgeRule =
    "an address that other machines reach; 172.17.x.x is the bridge inside of every machine";

/** Whether an address is of the range that each Docker Engine gives to its own bridge. */
function isOfBridge(value: string): boolean {
    return value.startsWith("172.17.");
}

const address = z
    .string(addressRule)
    .refine(isReachableKind, addressRule)
    .refine((value) => !isOfBridge(value), bridgeRule);

const optionsRule = "a map from option names to values";
const optionNameRule = "an option's name has only letters, digits and dashes";
const optionRule = "a string, a number, true, false or a list of strings";
const option = z.union(
    [z.string(), z.number(), z.boolean(), z.array(z.string(optionRule))],
    optionRule,
);

/** A driver's options as written; which of them the driver has is checked later. */
const optionMap = z.record(
    z.string().regex(/^[a-zA-Z0-9-]+$/, optionNameRule),
    option,
    objectRule(optionsRule),
);

const node = mapOf(
    {
        name: nodeName,
        address: address.optional(),
        options: optionMap.optional(),
        services: servicesSchema.optional(),
    },
    "a node: name, and where needed address, options and services",
);

const nodesRule = "a count from 0 to 99, or a list of nodes";

const nodes = z.union([z.int(nodesRule).min(0, nodesRule).max(99, nodesRule), z.array(node)], {
    // A list's own problems say more than that it is not a count.
    error: ({ input }) => (Array.isArray(input) ? undefined : nodesRule),
});

const integer = (least: number, most: number) => {
    const rule = `a whole number from ${least} to ${most}`;
    return z.int(rule).min(least, rule).max(most, rule).optional();
};

const text = (rule: string) => z.string(rule).min(1, rule).optional();

/** The network of a text `ADDRESS/BITS` with a number of bits within these; undefined for any other text. */
function cidr(value: string, least: number, most: number): Subnet | undefined {
    const subnet = Subnet.parse(value);
    return subnet !== undefined && subnet.bits >= least && subnet.bits <= most ? subnet : undefined;
}

const subnetRule = "an IPv4 network of 16 to 24 bits, such as 10.89.7.0/24";
const subnet = z
    .string(subnetRule)
    .refine((value) => cidr(value, 16, 24)?.isNetwork === true, subnetRule)
    .refine(
        (value) => !isOfBridge(value),
        "another network; 172.17.0.0/16 is the bridge inside of every machine",
    );

const hostonlyRule = "an address and mask, such as 192.168.59.1/24";
const hostonlyCidr = z
    .string(hostonlyRule)
    .refine((value) => cidr(value, 8, 30) !== undefined, hostonlyRule);

const dockerHostRule = "unix:///PATH, the socket of this computer's Docker Engine";

/** Options of the drivers that we know by ourselves. Every other driver is asked for its own. */
export const knownDrivers = {
    lab: mapOf(
        {
            subnet: subnet.optional(),
            dockerHost: z
                .string(dockerHostRule)
                .regex(/^unix:\/\/\/.+/, dockerHostRule)
                .optional(),
        },
        optionsRule,
    ),
    generic: mapOf(
        {
            sshUser: text("a user name"),
            sshKey: text("the path of a private key file"),
            sshPort: integer(1, 65535),
            enginePort: integer(1, 65535),
        },
        optionsRule,
    ),
    virtualbox: mapOf(
        {
            memory: integer(512, 1_048_576),
            cpuCount: integer(1, 256),
            diskSize: integer(1000, 10_000_000),
            hostonlyCidr: hostonlyCidr.optional(),
            boot2dockerUrl: text("a URL, or file:///PATH"),
        },
        optionsRule,
    ),
} as const;

const imageRule =
    "a reference with a tag (hashicorp/consul:1.22.2) or the path of a .tar or .tar.gz";

const referencePattern =
    /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

const flavourRule = "official or progrium";

const datacenterRule = "lowercase letters, digits, dashes and underscores";

const stringMap = (rule: string, keys: RegExp, keyRule: string) =>
    z.record(z.string().regex(keys, keyRule), z.string("a string; put quotes around it"), rule);

const environment = stringMap(
    "a map from variable names to strings",
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    "a variable's name has only letters, digits and underscores, no digit first",
);

const labels = stringMap(
    "a map from label names to strings",
    /^[a-zA-Z0-9._/-]+$/,
    "a label's name has only letters, digits, dots, underscores, slashes and dashes",
);

const generationRule = "a whole number, 2 for the first machine that takes a lost one's place";

const driverRule = "a driver's name, lowercase letters and digits";
const recursorRule = "the IPv4 address of a resolver";
const loopbackRule = "a resolver elsewhere; inside of the container this is the container itself";

/** Every setting, as the stack file has it. */
export const settingsSchema = z.strictObject({
    servers: nodes,
    clients: nodes,
    oneMachine: z.boolean("true or false"),
    address: z
        .string(addressRule)
        .refine((value) => value === "" || isReachableKind(value), addressRule),
    driver: z.string(driverRule).regex(/^[a-z][a-z0-9]*$/, driverRule),
    driverOptions: optionMap,
    generations: z.record(
        z.string(),
        z.int(generationRule).min(1, generationRule),
        objectRule("a map from names of nodes to numbers"),
    ),
    image: z
        .string(imageRule)
        .refine((image) => isArchive(image) || referencePattern.test(image), imageRule),
    imageFlavour: z.enum(["official", "progrium"], flavourRule),
    datacenter: z.string(datacenterRule).regex(/^[a-z0-9_-]+$/, datacenterRule),
    join: z.array(address, "a list of addresses"),
    recursors: z.array(
        z
            .string(recursorRule)
            .refine((value) => isIPv4(value), recursorRule)
            .refine((value) => !/^(127|0)\./.test(value), loopbackRule),
        "a list of resolvers' addresses",
    ),
    dnsOnBridge: z.boolean("true or false"),
    agentConfig: z.record(z.string(), z.json(), objectRule("a map of Consul's configuration")),
    environment,
    labels,
    dockerMachine: z.string("a program's name or path"),
    machineStore: z.string("a folder"),
    snapshots: z.string("a folder"),
});

/** Settings of the right form, not yet checked against one another. */
export type RawSettings = z.infer<typeof settingsSchema>;

/** One node as listed. */
export type RawNode = z.infer<typeof node>;
