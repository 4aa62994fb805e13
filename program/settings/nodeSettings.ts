import {
    isLab,
    type NodeArgs,
    type OneMachine,
    type SeparateMachines,
} from "../../components/cluster/clusterArgs.ts";
import type { Role } from "../../components/agent/ports.ts";
import type { HostPlace } from "../../components/machine/hostAddress.ts";
import { isKnownHost } from "../../components/machine/machineArgs.ts";
import { sharedMachineName } from "../../scripts/protocol/names.ts";
import { ownConfig } from "./configSettings.ts";
import { labAddress, labAddressRule } from "./labAddresses.ts";
import { problem, schemaProblems } from "./problems.ts";
import { knownDrivers } from "./driverSchema.ts";
import type { RawNode, RawSettings } from "./schema.ts";

/** A node as stated, with the place in the settings that states it. */
export interface StatedNode extends RawNode {
    readonly path: string;
    readonly role: Role;
    /** The count, where a count states it. */
    readonly counted?: number;
}

/** A node, its machine's address where that is settled, and where this computer reaches it. */
export type SettledNode = StatedNode & {
    readonly settledAddress?: string | undefined;
    readonly settledReach?: string | undefined;
};

/** The nodes of a cluster, or what is wrong with them. */
export interface ResolvedNodes {
    /** The nodes with sound settings: each with its machine, or one machine for all. */
    readonly nodes: SeparateMachines | OneMachine;
    /** All nodes, as stated. */
    readonly settled: readonly SettledNode[];
    readonly problems: readonly string[];
}

/** All nodes, servers first: a count spelled out, a list as it is. */
export function statedNodes({ servers, clients }: RawSettings): StatedNode[] {
    return [...statedOf(servers, "server"), ...statedOf(clients, "client")];
}

function statedOf(nodes: number | readonly RawNode[], role: Role): StatedNode[] {
    const key = `${role}s`;
    if (typeof nodes !== "number") {
        return nodes.map((node, index) => ({ ...node, path: `${key}[${index}]`, role }));
    }
    return Array.from({ length: nodes }, (_, index) => ({
        name: `${role}-${index + 1}`,
        path: key,
        role,
        counted: nodes,
    }));
}

/**
 * Decides how the nodes' machines are made.
 *
 * @param subnet network of the lab machines.
 */
export function resolveNodes(
    raw: RawSettings,
    stated: readonly StatedNode[],
    subnet: string,
): ResolvedNodes {
    if (raw.oneMachine) {
        return resolveOneMachine(raw, stated, subnet);
    }
    const resolved = stated.map((node) => ({ ...resolveNode(raw, node, subnet), stated: node }));
    const nodesOf = (role: Role) =>
        resolved.flatMap(({ stated: { role: own }, node }) =>
            node !== undefined && own === role ? [node] : [],
        );
    return {
        nodes: { servers: nodesOf("server"), clients: nodesOf("client") },
        settled: resolved.map(({ stated: node, node: { machine } = {} }) => {
            const { address, reach = address } = placeOf(machine);
            return { ...node, settledAddress: address, settledReach: reach };
        }),
        // All nodes of a count share one path, and so their problems.
        problems: [...new Set(resolved.flatMap(({ problems }) => problems))],
    };
}

/** Where a machine is, as far as that is settled. */
function placeOf(machine: NodeArgs["machine"] | undefined): Partial<HostPlace> {
    if (machine === undefined) {
        return {};
    }
    return isLab(machine) || isKnownHost(machine) ? machine : {};
}

function resolveOneMachine(
    raw: RawSettings,
    stated: readonly StatedNode[],
    subnet: string,
): ResolvedNodes {
    const { driver, driverOptions } = raw;
    const own = raw.address === "" ? undefined : raw.address;
    const reach = raw.reach === "" ? undefined : raw.reach;
    const { address, rule } = addressOf(driver, subnet, sharedMachineName, own);
    const problems = [
        ...(rule === undefined ? [] : [problem("address", own, rule)]),
        ...reachProblems(driver, reach, "reach"),
    ];
    if (problems.length > 0) {
        return { nodes: { servers: [] }, settled: stated, problems };
    }
    const nodesOf = (role: Role) =>
        stated
            .filter((node) => node.role === role)
            .map((node) => ({ name: node.name, ...ownConfig(node) }));
    const machine = machineOf(driver, { address, reach }, driverOptions);
    return {
        nodes: { machine, servers: nodesOf("server"), clients: nodesOf("client") },
        settled: stated,
        problems: [],
    };
}

function resolveNode(
    { driver, driverOptions, generations }: RawSettings,
    node: StatedNode,
    subnet: string,
): { readonly node?: NodeArgs; readonly problems: readonly string[] } {
    const { name, path, counted, address: own, reach, options = {}, services, adopt } = node;
    const problems =
        driver === "lab" && Object.keys(options).length > 0
            ? [problem(`${path}.options`, options, "lab machines have no options of their own")]
            : driverOptionProblems(driver, options, `${path}.options`);
    const { address, rule } = addressOf(driver, subnet, name, own);
    if (rule !== undefined) {
        problems.push(
            counted === undefined
                ? problem(`${path}.address`, own, rule)
                : problem(path, counted, `${rule}, so list the nodes`),
        );
    }
    problems.push(...reachProblems(driver, reach, `${path}.reach`));
    if (problems.length > 0) {
        return { problems };
    }
    const machine = machineOf(driver, { address, reach }, { ...driverOptions, ...options });
    const engine = node.engine === undefined ? {} : { engine: node.engine };
    const ownSettings = { services, ...ownConfig(node), ...engine };
    const made = { name, machine, generation: generations[name], ...ownSettings };
    return { node: adopt === undefined ? made : { ...made, adopt }, problems };
}

/** What is wrong with options of a driver that we know; the options of any other driver are known to the
 * docker-machine binary alone. */
export function driverOptionProblems(
    driver: string,
    options: RawSettings["driverOptions"],
    path: string,
): string[] {
    const parsed = isKnownDriver(driver) ? knownDrivers[driver].safeParse(options) : undefined;
    return schemaProblems(parsed?.error, options, path);
}

function isKnownDriver(driver: string): driver is keyof typeof knownDrivers {
    return Object.hasOwn(knownDrivers, driver);
}

/** The address of a node's machine, where it is known before the machine is there, or the rule that the stated
 * one breaks. */
function addressOf(
    driver: string,
    subnet: string,
    nodeName: string,
    stated: string | undefined,
): { readonly address?: string | undefined; readonly rule?: string | undefined } {
    if (driver === "lab") {
        const address = stated ?? labAddress(subnet, nodeName);
        return { address, rule: labAddressRule(subnet, address) };
    }
    if (driver === "generic") {
        return stated === undefined
            ? { rule: "the driver generic needs the host's address" }
            : { address: stated };
    }
    return stated === undefined
        ? {}
        : { rule: `the driver ${driver} gives its machines their addresses; leave it out` };
}

/** What is wrong with where a host is reached: only one that exists already may be elsewhere for this computer. */
function reachProblems(driver: string, reach: string | undefined, path: string): string[] {
    return reach === undefined || driver === "generic"
        ? []
        : [
              problem(
                  path,
                  reach,
                  `only hosts of the driver generic are reached elsewhere than at their address; the driver is ${driver}, ` +
                      "so leave it out",
              ),
          ];
}

function machineOf(
    driver: string,
    { address = "", reach }: { readonly [Part in keyof HostPlace]?: string | undefined },
    options: RawSettings["driverOptions"],
): NodeArgs["machine"] {
    switch (driver) {
        case "lab":
            return { driver, address };
        case "generic":
            return {
                driver,
                address,
                ...(reach === undefined ? {} : { reach }),
                ...knownDrivers.generic.parse(options),
            };
        case "virtualbox":
            return { driver, ...knownDrivers.virtualbox.parse(options) };
        default:
            return { driver, options };
    }
}
