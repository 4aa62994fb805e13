import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { DriverOption, MachineArgs } from "../../components/machine/machineArgs.ts";
import type { Role } from "../../components/agent/ports.ts";
import { labAddress, labAddressProblem } from "./labAddresses.ts";
import { problem, schemaProblems } from "./problems.ts";
import { knownDrivers, type RawNode } from "./schema.ts";

/** A node as stated, with the place in the settings that states it. */
export interface StatedNode extends RawNode {
    readonly path: string;
    readonly role: Role;
    /** The count, where a count states it. */
    readonly counted?: number;
}

/** Spells a count out into nodes; a list stays as it is. */
export function statedNodes(nodes: number | readonly RawNode[], role: Role): StatedNode[] {
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

/** What the machines of all nodes have in common. */
export interface MachineContext {
    readonly driver: string;
    readonly options: Readonly<Record<string, DriverOption>>;
    /** Network of the lab machines. */
    readonly subnet: string;
    /** Generations of the nodes that are beyond their first, by name. */
    readonly generations: Readonly<Record<string, number>>;
}

/** A node, or what is wrong with it. */
export interface ResolvedNode {
    readonly node?: NodeArgs;
    readonly problems: readonly string[];
}

/** Settles how one node's machine is made. */
export function resolveNode(stated: StatedNode, context: MachineContext): ResolvedNode {
    const { driver, subnet } = context;
    const { name, path } = stated;
    const own = stated.options ?? {};
    const problems: string[] = [];
    if (driver === "lab" && Object.keys(own).length > 0) {
        problems.push(problem(`${path}.options`, own, "lab machines have no options of their own"));
    } else {
        problems.push(...driverOptionProblems(driver, own, [path, "options"]));
    }
    const address =
        driver === "lab" ? (stated.address ?? labAddress(subnet, name)) : stated.address;
    const wrong = addressProblem(driver, subnet, address);
    if (wrong !== undefined) {
        problems.push(
            stated.counted === undefined
                ? problem(`${path}.address`, stated.address, wrong)
                : problem(path, stated.counted, `${wrong}, so list the nodes`),
        );
    }
    if (problems.length > 0) {
        return { problems };
    }
    const options = { ...context.options, ...own };
    const machine = machineOf(driver, address, options);
    const { services } = stated;
    const generation = context.generations[name];
    return {
        node: {
            name,
            machine,
            ...(generation === undefined ? {} : { generation }),
            ...(services === undefined ? {} : { services }),
        },
        problems,
    };
}

/** What is wrong with options of a driver that we know by ourselves; of any other driver only its
 * binary can say. */
export function driverOptionProblems(
    driver: string,
    options: Readonly<Record<string, DriverOption>>,
    prefix: readonly PropertyKey[],
): string[] {
    if (!isKnownDriver(driver)) {
        return [];
    }
    const schema = knownDrivers[driver];
    const parsed = schema.safeParse(options);
    return parsed.success
        ? []
        : schemaProblems(parsed.error, options, { prefix, known: Object.keys(schema.shape) });
}

function isKnownDriver(driver: string): driver is keyof typeof knownDrivers {
    return Object.hasOwn(knownDrivers, driver);
}

function addressProblem(driver: string, subnet: string, address: string | undefined) {
    if (driver === "lab") {
        return labAddressProblem(subnet, address ?? "");
    }
    if (driver === "generic") {
        return address === undefined ? "the driver generic needs the host's address" : undefined;
    }
    return address === undefined
        ? undefined
        : `the driver ${driver} gives its machines their addresses; leave it out`;
}

function machineOf(
    driver: string,
    address: string | undefined,
    options: Readonly<Record<string, DriverOption>>,
): NodeArgs["machine"] {
    switch (driver) {
        case "lab":
            return { driver, address: address ?? "" };
        case "generic":
        case "virtualbox":
            // Their schema has checked the options' names and kinds.
            return { driver, address, ...options } as MachineArgs;
        default:
            return { driver, options };
    }
}
