import { connect } from "node:net";
import { isLab, type NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { isGeneric } from "../../components/machine/machineArgs.ts";
import {
    agentPorts,
    outsidePorts,
    portsOf,
    type PortRow,
    type Role,
} from "../../components/agent/ports.ts";
import type { ListedContainer } from "../../scripts/docker/engineApi.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { engineOf } from "../../scripts/machine/machineEngine.ts";
import { readRecord } from "../../scripts/machine/machineRecord.ts";

/** A node as far as it publishes ports: one that stands for others publishes less. */
export type PublishingNode = NodeArgs & { readonly role: Role | "outside" };

/** Where the stack's machines are, and whose they are. */
export interface StackMachines {
    readonly store: string;
    readonly owner: string;
    readonly stack: string;
}

/** How long a port may take to refuse or accept; one that does neither is taken by nobody. */
const probeTimeout = 1000;

/**
 * Finds ports of existing hosts that somebody else has. A host on which this stack has no machine
 * yet is knocked at; on one where it has, the engine says which container has which port.
 *
 * @param table everything that agents of the stack's image publish.
 */
export async function takenPortProblems(
    nodes: readonly PublishingNode[],
    machines: StackMachines,
    table: readonly PortRow[] = agentPorts,
): Promise<string[]> {
    const found = await Promise.all(nodes.map((node) => takenOn(node, machines, table)));
    return found.flat();
}

async function takenOn(
    { name, role, machine }: PublishingNode,
    { store, owner, stack }: StackMachines,
    table: readonly PortRow[],
): Promise<string[]> {
    if (isLab(machine) || !isGeneric(machine)) {
        return [];
    }
    const { address } = machine;
    const machineName = `${stack}-${name}`;
    const record = await readRecord(store, machineName);
    if (record?.state === "made") {
        const containers = await listContainers(store, machineName);
        return containerPortProblems(name, address, role, owner, containers, table);
    }
    const rows = rowsOf(role, table).filter(({ protocol }) => protocol === "tcp");
    const taken = await Promise.all(rows.map(({ port }) => isOpen(address, port)));
    return rows
        .filter((_, index) => taken[index])
        .map(
            ({ port, purpose }) =>
                `${name}: port ${port}/tcp of ${address} (${purpose}) is taken by something that ` +
                "this stack did not make. Stop it, or use another host.",
        );
}

function rowsOf(role: PublishingNode["role"], table: readonly PortRow[]): readonly PortRow[] {
    return role === "outside" ? outsidePorts() : portsOf(role, table);
}

/** The containers of a machine; none where it does not answer, which others find and say. */
export async function listContainers(store: string, machine: string): Promise<ListedContainer[]> {
    try {
        const engine = await engineOf(store, machine);
        return (await engine.ask("/containers/json", { timeout: 2000 })) as ListedContainer[];
    } catch {
        return [];
    }
}

/** Which of a node's ports containers of others publish on its address. */
export function containerPortProblems(
    node: string,
    address: string,
    role: PublishingNode["role"],
    owner: string,
    containers: readonly ListedContainer[],
    table: readonly PortRow[] = agentPorts,
): string[] {
    const others = containers.filter(({ Labels }) => Labels[ownerLabel] !== owner);
    return rowsOf(role, table).flatMap(({ port, protocol }) => {
        const holder = others.find(({ Ports }) =>
            Ports.some(
                ({ IP, PublicPort, Type }) =>
                    PublicPort === port &&
                    Type === protocol &&
                    (IP === address || IP === "0.0.0.0" || IP === undefined),
            ),
        );
        return holder === undefined
            ? []
            : [
                  `${node}: port ${port}/${protocol} of ${address} is taken by the container ` +
                      `"${holder.Names[0]?.replace(/^\//, "") ?? "?"}". Stop it, or use another host.`,
              ];
    });
}

function isOpen(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: probeTimeout });
        const end = (open: boolean) => () => {
            socket.destroy();
            done(open);
        };
        socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    });
}
