import type { ImageContract } from "../../components/agent/imageContract.ts";
import { isOnAddress, portsOf, type PortRow } from "../../components/agent/ports.ts";
import type { DeclaredMachine } from "./stackMachines.ts";

/** What the agents of a stack publish. */
export type PublishedPorts = Pick<ImageContract, "ports" | "apiPorts">;

/** Everything that is to be published on a machine. On one that all nodes share, a server publishes an API for all. */
export function plannedRows(
    role: DeclaredMachine["role"],
    { ports, apiPorts }: PublishedPorts,
): readonly PortRow[] {
    return role === "outside" ? portsOf("server", apiPorts) : portsOf(role, ports);
}

/** What of it is bound to the machine's own address. */
export function plannedOnAddress(
    role: DeclaredMachine["role"],
    published: PublishedPorts,
): readonly PortRow[] {
    return plannedRows(role, published).filter(isOnAddress);
}
