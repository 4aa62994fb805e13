import { isIPv4 } from "node:net";
import { z } from "zod";
import { gossipKeyRule, isGossipKey } from "../../components/agent/secretValues.ts";
import { engineSchema } from "../../components/cluster/engineSchema.ts";
import {
    addressRule,
    isOfBridge,
    isReachableKind,
    isReachKind,
    reachRule,
} from "../../components/machine/hostAddress.ts";
import { containerSchema } from "../../components/node/containerSettings.ts";
import { objectRule } from "../../components/node/objectRule.ts";
import { servicesSchema } from "../../components/node/serviceSchema.ts";
import { filesSchema } from "./fileSchema.ts";
import { imageSetting } from "./imageSettings.ts";
import {
    change,
    changesNothing,
    reloadsOrReplaces,
    replacesContainers,
    restartsEngines,
} from "./changes.ts";
import { portNumbersSchema, publishSchema } from "./portSettings.ts";
import { registries } from "./registrySchema.ts";
import { integer, mapOf, optionsRule, textOf } from "./schemaParts.ts";
import { rolloutSchema } from "./rolloutSettings.ts";
import { authority, rotate, tls } from "./securitySchema.ts";

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

const registersAnew = change("what changed is registered anew; nothing restarts");

/** Consul's own configuration; which of its keys may be set is checked later. */
const consulConfig = z.record(z.string(), z.json(), objectRule("a map of Consul's configuration"));

/** A Consul that is there already. */
const adopt = mapOf(
    {
        container: textOf(
            "the name of a container on the node's host, as `docker ps` shows it",
            /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/,
        ).describe("The container, made by hand, that runs Consul there now."),
    },
    "what the node takes the place of: its container",
);

const node = mapOf(
    {
        name: nodeName.meta({
            description: "Its name in the cluster. Machine and container are named after it.",
            ...change("another node: this one leaves, and one of the new name is made"),
        }),
        address: address.optional().meta({
            description: "Its machine's address, where the driver needs one.",
            ...change("its machine is another one, and the node is replaced"),
        }),
        reach: reach.optional().meta({
            description: "Where this computer reaches its machine, if that is not its address.",
            ...change("the engine gets a certificate for it and restarts"),
        }),
        options: optionMap.optional().meta({
            description: "Options of the driver that win over `driverOptions`.",
            ...change("its machine is replaced"),
        }),
        engine: engineSchema.optional().meta({
            description: "What its machine's engine is told: it wins over `engine`, key by key.",
            ...restartsEngines,
        }),
        services: servicesSchema.optional().meta({
            description:
                "Services on its machine, registered with its agent, besides those of its role.",
            ...registersAnew,
        }),
        files: filesSchema.exactOptional().meta({
            description:
                "Files in its agent's container, besides those of all nodes and of its role.",
            ...replacesContainers,
        }),
        adopt: adopt.optional().meta({
            description: "A Consul on its host whose place it takes, with its data and identity.",
            ...change("nothing once that is done"),
        }),
        agentConfig: consulConfig.optional().meta({
            description:
                "A part of its agent's configuration, over that of all nodes and of its role.",
            ...reloadsOrReplaces,
        }),
    },
    "a node: name, and where needed address, reach, options, services, files, adopt and agentConfig",
);

const nodesRule = "a count from 0 to 99, or a list of nodes";
const nodes = z.union([integer(0, 99, nodesRule), z.array(node)], {
    // A list's own problems say more than that it is not a count.
    error: ({ input }) => (Array.isArray(input) ? undefined : nodesRule),
});

const stringMap = (rule: string, keys: RegExp, keyRule: string) =>
    z.record(z.string().regex(keys, keyRule), z.string("a string; put quotes around it"), rule);

const recursor = textOf("the IPv4 address of a resolver", (value) => isIPv4(value)).refine(
    (value) => !/^(127|0)\./.test(value),
    "a resolver elsewhere; inside of the container this is the container itself",
);

const generationRule = "a whole number, 2 for the first machine that takes a lost one's place";

const replacesMachines = change("machines are replaced, one after another; the data move along");

const joinOrLeave = change(
    "an added node joins, one that is taken out leaves; no other is touched",
);

/** Every setting, as the stack file has it: its form, its rule, and what a change of it does. Pulumi.yaml has default
 * and description. */
export const settingsSchema = z.strictObject({
    servers: nodes.meta(joinOrLeave),
    clients: nodes.meta(joinOrLeave),
    serverServices: servicesSchema.meta(registersAnew),
    clientServices: servicesSchema.meta(registersAnew),
    oneMachine: z
        .boolean("true or false")
        .meta(change("every machine is another one: a new cluster")),
    address: textOf(addressRule, (value) => value === "" || isReachableKind(value)).meta(
        change("the machine is another one; refused while there are data on it"),
    ),
    reach: textOf(reachRule, (value) => value === "" || isReachKind(value)).meta(
        change("the engine gets a certificate for it and restarts"),
    ),
    driver: textOf("a driver's name, lowercase letters and digits", /^[a-z][a-z0-9]*$/).meta(
        replacesMachines,
    ),
    driverOptions: optionMap.meta(replacesMachines),
    generations: z
        .record(
            z.string(),
            integer(1, Number.MAX_SAFE_INTEGER, generationRule),
            objectRule("a map from names of nodes to numbers"),
        )
        .meta(
            change("the node is made anew on another machine, and gets its data from the others"),
        ),
    image: imageSetting.meta(replacesContainers),
    imageFlavour: z
        .enum(["official", "progrium"], "official or progrium")
        .meta(change("refused: a cluster keeps its own")),
    allowVersion: textOf("a version of Consul, such as 1.20.6", /^(\d+\.\d+\.\d+)?$/).meta(
        changesNothing,
    ),
    datacenter: textOf("lowercase letters, digits, dashes and underscores", /^[a-z0-9_-]+$/).meta(
        replacesContainers,
    ),
    join: z.array(address, "a list of addresses").meta(replacesContainers),
    joinStack: textOf(
        "a stack's name: ORGANIZATION/PROJECT/STACK, PROJECT/STACK or STACK",
        (name) => name === "" || /^[\w.-]+(\/[\w.-]+){0,2}$/.test(name),
    ).meta(change("refused: a stack keeps the cluster that it was made in")),
    recursors: z.array(recursor, "a list of resolvers' addresses").meta(replacesContainers),
    ports: portNumbersSchema.meta(replacesContainers),
    dnsOnAddress: z.boolean("true or false").meta(replacesContainers),
    dnsOnBridge: z.boolean("true or false").meta(replacesContainers),
    httpOnBridge: z.boolean("true or false").meta(replacesContainers),
    publish: publishSchema.meta(replacesContainers),
    agentConfig: consulConfig.meta(reloadsOrReplaces),
    serverConfig: consulConfig.meta(reloadsOrReplaces),
    clientConfig: consulConfig.meta(reloadsOrReplaces),
    environment: stringMap(
        "a map from variable names to strings",
        /^[A-Za-z_][A-Za-z0-9_]*$/,
        "a variable's name has only letters, digits and underscores, no digit first",
    ).meta(replacesContainers),
    files: filesSchema.meta(replacesContainers),
    serverFiles: filesSchema.meta(replacesContainers),
    clientFiles: filesSchema.meta(replacesContainers),
    labels: stringMap(
        "a map from label names to strings",
        /^[a-zA-Z0-9._/-]+$/,
        "a label's name has only letters, digits, dots, underscores, slashes and dashes",
    ).meta(replacesContainers),
    container: containerSchema.meta(
        change("containers are replaced one by one; of `data` nothing, they stay where they are"),
    ),
    engine: engineSchema.meta(restartsEngines),
    registries: registries.meta(changesNothing),
    security: z
        .enum(["", "full", "open"], "full or open")
        .meta(change("from open to full while the cluster runs; never back")),
    rollout: rolloutSchema.meta(changesNothing),
    rotate: rotate.meta(change("secrets are replaced while the cluster runs")),
    tls: tls.meta(replacesContainers),
    authority: authority.meta(change("certificates are replaced while the cluster runs")),
    gossipKey: textOf(gossipKeyRule, (key) => key === "" || isGossipKey(key)).meta(
        change("all agents learn it, use it, and forget the one before, while the cluster runs"),
    ),
    dockerMachine: z.string("a program's name or path").meta(changesNothing),
    machineStore: z.string("a folder").meta(change("every machine is replaced")),
    storeInState: z
        .boolean("true or false")
        .meta(change("the state has the store from the next `up` on, or has it no more")),
    snapshots: z.string("a folder").meta(changesNothing),
});

/** Settings of the right form, not yet checked against one another. */
export type RawSettings = z.infer<typeof settingsSchema>;

/** One node as listed. */
export type RawNode = z.infer<typeof node>;
