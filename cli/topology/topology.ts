import { httpPort, httpsPort } from "../../components/agent/ports.ts";
import type { StateCluster } from "../stack/stateCluster.ts";
import type { StateContainer } from "../stack/stateContainers.ts";

/** How a node is, where the cluster was asked. */
export interface NodeLife {
    readonly name: string;
    readonly isAlive: boolean | null;
    readonly isLeader: boolean | null;
}

/** A container as it is drawn. */
export interface DrawnContainer {
    /** Unlike any other's. */
    readonly id: string;
    readonly name: string;
    readonly image: string;
    /** Null for a container that is no agent. */
    readonly node: string | null;
    readonly role: "server" | "client" | null;
    readonly isLeader: boolean | null;
    readonly isAlive: boolean | null;
    /** What it publishes. */
    readonly ports: readonly number[];
}

/** A machine, with what runs on it. */
export interface DrawnMachine {
    readonly name: string;
    readonly address: string | null;
    readonly containers: readonly DrawnContainer[];
}

/** Who is told to join whom, and which container asks which agent. */
export interface Edge {
    readonly from: string;
    readonly to: string;
    readonly kind: "joins" | "asks";
}

/** A cluster as it is drawn: machines with servers first. */
export interface Topology {
    readonly machines: readonly DrawnMachine[];
    readonly edges: readonly Edge[];
}

/** A container with the id that it is drawn by. */
interface Placed {
    readonly id: string;
    readonly of: StateContainer;
}

/**
 * The machines, containers and joins of a cluster, as its state has them.
 *
 * @param life how its nodes are. @default nobody was asked
 */
export function topologyOf(cluster: StateCluster, life: readonly NodeLife[] = []): Topology {
    const placed = cluster.containers.map((of): Placed => ({
        id: `${of.placedBy}/${of.name}`,
        of,
    }));
    const places = [...new Set(placed.map(({ of }) => of.placedBy))];
    const machines = places.map((place): DrawnMachine => {
        const own = placed.filter(({ of }) => of.placedBy === place);
        const nodes = own.flatMap(({ of }) => cluster.nodes[of.node ?? ""] ?? []);
        const engine = own.find(({ of }) => of.engine !== undefined)?.of.engine;
        const containers = own.map((one) => drawn(one, cluster, life));
        return {
            name: nodes[0]?.machine ?? place,
            address: engine?.host ?? nodes[0]?.address ?? null,
            containers: containers.toSorted((a, b) => rank(a) - rank(b)),
        };
    });
    const first = (machine: DrawnMachine) => Math.min(...machine.containers.map(rank));
    return {
        machines: machines.toSorted((a, b) => first(a) - first(b) || byName(a.name, b.name)),
        edges: placed.flatMap((one) => edgesOf(one, placed)),
    };
}

function drawn(
    { id, of }: Placed,
    { nodes }: StateCluster,
    life: readonly NodeLife[],
): DrawnContainer {
    const state = life.find(({ name }) => name === of.node);
    const role = of.node === undefined ? undefined : nodes[of.node]?.role;
    return {
        id,
        name: of.name,
        image: of.image,
        node: of.node ?? null,
        role: role === undefined ? null : role === "server" ? "server" : "client",
        isLeader: state?.isLeader ?? null,
        isAlive: state?.isAlive ?? null,
        ports: [...new Set(of.ports.map(({ port }) => port))].sort((a, b) => a - b),
    };
}

function rank({ role }: DrawnContainer): number {
    return role === "server" ? 0 : role === "client" ? 1 : 2;
}

function byName(one: string, other: string): number {
    return one.localeCompare(other, "en", { numeric: true });
}

function edgesOf({ id, of }: Placed, all: readonly Placed[]): Edge[] {
    const agents = all.filter((other) => other.id !== id && other.of.node !== undefined);
    if (of.node !== undefined) {
        const joins = [...flags(of, "retry-join"), ...flags(of, "join")];
        return agents
            .filter((other) => joins.some((address) => isAt(other.of, address, of)))
            .map((other) => ({ from: id, to: other.id, kind: "joins" }));
    }
    const words = [...of.command, ...of.envs].join(" ");
    return agents
        .filter(({ of: agent }) =>
            flags(agent, "advertise").some((address) =>
                apiPortsOf(agent).some((port) => words.includes(`${address}:${port}`)),
            ),
        )
        .map((other) => ({ from: id, to: other.id, kind: "asks" }));
}

/** Where an agent's API is: on its machine, or inside of one that it shares. */
function apiPortsOf({ ports }: StateContainer): number[] {
    const inside = [httpPort, httpsPort];
    return [
        ...inside,
        ...ports.filter(({ internal }) => inside.includes(internal)).map(({ port }) => port),
    ];
}

/** Whether an agent is joined by this address: its own, or on a shared machine its container's name. */
function isAt(agent: StateContainer, address: string, from: StateContainer): boolean {
    return (
        flags(agent, "advertise").includes(address) ||
        (agent.placedBy === from.placedBy && agent.name === address)
    );
}

function flags({ command }: StateContainer, name: string): string[] {
    const start = `-${name}=`;
    return command.filter((word) => word.startsWith(start)).map((word) => word.slice(start.length));
}
