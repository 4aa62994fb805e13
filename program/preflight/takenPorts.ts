import { connect } from "node:net";
import type { ImageContract } from "../../components/agent/imageContract.ts";
import { imageContractOf } from "../../components/agent/imageContracts.ts";
import { portsOf, type PortRow } from "../../components/agent/ports.ts";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import { isGeneric } from "../../components/machine/machineArgs.ts";
import type { ListedContainer } from "../../scripts/docker/container.ts";
import type { Machine } from "../../scripts/machine/machine.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** What the agents of a stack publish. */
type PublishedPorts = Pick<ImageContract, "ports" | "apiPorts">;

/** Milliseconds that a port may take to refuse or accept; one that does neither counts as free. */
const probeTimeoutMs = 1000;

/**
 * Finds ports of existing hosts that something else has. A host on which this stack has no machine yet is asked by
 * connecting to each port; where it has one, the engine says which container has which port.
 *
 * @param published what the agents of the stack publish.
 */
export async function takenPortProblems(
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
    published: PublishedPorts = imageContractOf(),
): Promise<string[]> {
    const found = await Promise.all(declared.map((one) => takenOn(one, machines, published)));
    return found.flat();
}

async function takenOn(
    { name, role, machine: declared }: DeclaredMachine,
    machines: StackMachines,
    published: PublishedPorts,
): Promise<string[]> {
    if (isLab(declared) || !isGeneric(declared)) {
        return [];
    }
    const { address } = declared;
    const machine = machines.machine(name);
    if ((await machine.record())?.state === "made") {
        const containers = await listContainers(machine);
        return containerPortProblems(name, address, role, machines.owner, containers, published);
    }
    const rows = rowsOf(role, published).filter(({ protocol }) => protocol === "tcp");
    const taken = await Promise.all(rows.map(({ port }) => isOpen(address, port)));
    return rows
        .filter((_, index) => taken[index])
        .map(
            ({ port, purpose }) =>
                `${name}: port ${port}/tcp of ${address} (${purpose}) is taken by something that ` +
                "this stack did not make. Stop it, or use another host.",
        );
}

function rowsOf(
    role: DeclaredMachine["role"],
    { ports, apiPorts }: PublishedPorts,
): readonly PortRow[] {
    return role === "outside" ? apiPorts : portsOf(role, ports);
}

/** The containers of a machine; none where it does not answer, which other checks report. */
export async function listContainers(machine: Machine): Promise<readonly ListedContainer[]> {
    try {
        const engine = await machine.engine();
        return await engine.ask<readonly ListedContainer[]>("/containers/json", { timeout: 2000 });
    } catch {
        return [];
    }
}

/** The name of a container. */
export function containerName({ Names }: ListedContainer): string {
    return Names[0]?.replace(/^\//, "") ?? "?";
}

/** Which of a node's ports are published on its address by containers of others. */
export function containerPortProblems(
    node: string,
    address: string,
    role: DeclaredMachine["role"],
    owner: string,
    containers: readonly ListedContainer[],
    published: PublishedPorts = imageContractOf(),
): string[] {
    const others = containers.filter(({ Labels }) => Labels[ownerLabel] !== owner);
    return rowsOf(role, published).flatMap(({ port, protocol }) => {
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
                      `"${containerName(holder)}". Stop it, or use another host.`,
              ];
    });
}

function isOpen(host: string, port: number): Promise<boolean> {
    return new Promise((done) => {
        const socket = connect({ host, port, timeout: probeTimeoutMs });
        const end = (open: boolean) => () => {
            socket.destroy();
            done(open);
        };
        socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
    });
}
