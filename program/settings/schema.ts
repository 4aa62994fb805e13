import { isIPv4 } from "node:net";
import { z } from "zod";
import { isArchive } from "../../components/agent/imageArchive.ts";
import {
    addressRule,
    isOfBridge,
    isReachableKind,
    isReachKind,
    reachRule,
} from "../../components/machine/hostAddress.ts";
import { Subnet } from "../../components/machine/subnet.ts";
import { objectRule, servicesSchema } from "../../components/node/serviceSchema.ts";

/** A text for which this is true, or that matches; the rule is the message for any other value. */
function textOf(rule: string, isFine: RegExp | ((value: string) => boolean)) {
    const text = z.string(rule);
    return isFine instanceof RegExp ? text.regex(isFine, rule) : text.refine(isFine, rule);
}

/** A whole number within these limits. */
const integer = (least: number, most: number, rule = `a whole number from ${least} to ${most}`) =>
    z.int(rule).min(least, rule).max(most, rule);

const optionsRule = "a map from option names to values";

/** A map with these keys and no other. */
function mapOf<Shape extends z.ZodRawShape>(shape: Shape, rule = optionsRule) {
    return z.strictObject(shape, objectRule(rule, Object.keys(shape)));
}

/** Names that mean something else on every host. */
const reservedNames = new Set(["localhost", "localdomain", "broadcasthost", "consul", "warmup"]);

const nodeName = textOf(
    "lowercase letters, digits and dashes, a letter first, at most 40 characters",
    /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
).refine((name) => !reservedNames.has(name), "a name that no node may have: it means another");

const address = textOf(addressRule, isReachableKind).refine(
    (value) => !isOfBridge(value),
    "an address that other machines reach; 172.17.x.x is the bridge inside of every machine",
);

/** Where this computer reaches a host. */
const reach = textOf(reachRule, isReachKind);

const optionRule = "a string, a number, true, false or a list of strings";
const option = z.union(
    [z.string(), z.number(), z.boolean(), z.array(z.string(optionRule))],
    optionRule,
);

/** A driver's options as written; which of them the driver has is checked later. */
const optionMap = z.record(
    z.string().regex(/^[a-zA-Z0-9-]+$/, "an option's name has only letters, digits and dashes"),
    option,
    objectRule(optionsRule),
);

/** A Consul that is there already. */
const adopt = mapOf(
    {
        container: textOf(
            "the name of a container on the node's host, as `docker ps` shows it",
            /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/,
        ),
    },
    "what the node takes the place of: its container",
);

const node = mapOf(
    {
        name: nodeName,
        address: address.optional(),
        reach: reach.optional(),
        options: optionMap.optional(),
        services: servicesSchema.optional(),
        adopt: adopt.optional(),
    },
    "a node: name, and where needed address, reach, options, services and adopt",
);

const nodesRule = "a count from 0 to 99, or a list of nodes";
const nodes = z.union([integer(0, 99, nodesRule), z.array(node)], {
    // A list's own problems say more than that it is not a count.
    error: ({ input }) => (Array.isArray(input) ? undefined : nodesRule),
});

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
    lab: mapOf({ subnet: subnet.optional(), dockerHost: dockerHost.optional() }),
    generic: mapOf({
        sshUser: textOf("a user name", /./).optional(),
        sshKey: textOf("the path of a private key file", /./).optional(),
        sshPort: integer(1, 65535).optional(),
        enginePort: integer(1, 65535).optional(),
    }),
    virtualbox: mapOf({
        memory: integer(512, 1_048_576).optional(),
        cpuCount: integer(1, 256).optional(),
        diskSize: integer(1000, 10_000_000).optional(),
        hostonlyCidr: hostonlyCidr.optional(),
        boot2dockerUrl: textOf("a URL, or file:///PATH", /./).optional(),
    }),
} as const;

const referencePattern =
    /^[a-z0-9]([a-z0-9._:/-]*[a-z0-9])?(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/;

const stringMap = (rule: string, keys: RegExp, keyRule: string) =>
    z.record(z.string().regex(keys, keyRule), z.string("a string; put quotes around it"), rule);

const recursor = textOf("the IPv4 address of a resolver", (value) => isIPv4(value)).refine(
    (value) => !/^(127|0)\./.test(value),
    "a resolver elsewhere; inside of the container this is the container itself",
);

const generationRule = "a whole number, 2 for the first machine that takes a lost one's place";

const count = integer(1, Number.MAX_SAFE_INTEGER, "a whole number, one more for each time");

/** Every setting, as the stack file has it. */
export const settingsSchema = z.strictObject({
    servers: nodes,
    clients: nodes,
    oneMachine: z.boolean("true or false"),
    address: textOf(addressRule, (value) => value === "" || isReachableKind(value)),
    reach: textOf(reachRule, (value) => value === "" || isReachKind(value)),
    driver: textOf("a driver's name, lowercase letters and digits", /^[a-z][a-z0-9]*$/),
    driverOptions: optionMap,
    generations: z.record(
        z.string(),
        integer(1, Number.MAX_SAFE_INTEGER, generationRule),
        objectRule("a map from names of nodes to numbers"),
    ),
    image: textOf(
        "a reference with a tag (hashicorp/consul:1.22.2) or the path of a .tar or .tar.gz",
        (image) => isArchive(image) || referencePattern.test(image),
    ),
    imageFlavour: z.enum(["official", "progrium"], "official or progrium"),
    datacenter: textOf("lowercase letters, digits, dashes and underscores", /^[a-z0-9_-]+$/),
    join: z.array(address, "a list of addresses"),
    joinStack: textOf(
        "a stack's name: ORGANIZATION/PROJECT/STACK, PROJECT/STACK or STACK",
        (name) => name === "" || /^[\w.-]+(\/[\w.-]+){0,2}$/.test(name),
    ),
    recursors: z.array(recursor, "a list of resolvers' addresses"),
    dnsOnBridge: z.boolean("true or false"),
    agentConfig: z.record(z.string(), z.json(), objectRule("a map of Consul's configuration")),
    environment: stringMap(
        "a map from variable names to strings",
        /^[A-Za-z_][A-Za-z0-9_]*$/,
        "a variable's name has only letters, digits and underscores, no digit first",
    ),
    labels: stringMap(
        "a map from label names to strings",
        /^[a-zA-Z0-9._/-]+$/,
        "a label's name has only letters, digits, dots, underscores, slashes and dashes",
    ),
    security: z.enum(["", "full", "open"], "full or open"),
    rotate: mapOf(
        {
            seed: count.exactOptional(),
            ca: count.exactOptional(),
            leaf: count.exactOptional(),
            gossip: count.exactOptional(),
            tokens: count.exactOptional(),
            management: count.exactOptional(),
        },
        "a map from kinds of secrets to numbers",
    ),
    tls: mapOf(
        {
            // YAML takes it for a number.
            minVersion: z
                .preprocess(
                    (version) => (typeof version === "number" ? String(version) : version),
                    z.enum(["1.2", "1.3"], "1.2 or 1.3"),
                )
                .exactOptional(),
            clientCertificates: z.boolean("true or false").exactOptional(),
        },
        "minVersion and clientCertificates",
    ),
    authority: mapOf(
        {
            certificate: z.string("certificates in PEM").exactOptional(),
            key: z.string("a private key in PEM").exactOptional(),
        },
        "certificate and key",
    ),
    dockerMachine: z.string("a program's name or path"),
    machineStore: z.string("a folder"),
    storeInState: z.boolean("true or false"),
    snapshots: z.string("a folder"),
});

/** Settings of the right form, not yet checked against one another. */
export type RawSettings = z.infer<typeof settingsSchema>;

/** One node as listed. */
export type RawNode = z.infer<typeof node>;
