import { containerName } from "../../components/machine/placement.ts";
import type { ClusterRights, Rotation, SecuredNode } from "../../scripts/protocol/security.ts";
import { answererOf } from "./stackClients.ts";
import type { DeclaredNode, DeclaredNodes } from "./stackNodes.ts";

/** A secured cluster of a stack, as its program declared it. */
export interface SecuredStack {
    readonly nodes: DeclaredNodes;
    /** docker-machine's store, relative to the project. */
    readonly store: string;
    /** File with the rights to ask it, relative to the project. */
    readonly access: string;
    /** Which of its secrets it has. */
    readonly rotation: Rotation;
}

/** What the rights of a stack's cluster are made of, as the stack's own Commands are told. */
export function clusterRights({ nodes, store, access, rotation }: SecuredStack): ClusterRights {
    const secured = ([name, { role, httpAddress, machine }]: [string, DeclaredNode]) => {
        // Nodes that share a machine have containers of their own names there.
        const container = answererOf(nodes, name) === name ? containerName : name;
        const node: SecuredNode = {
            role: role === "server" ? "server" : "client",
            httpAddress,
            agent: { store, machine, container },
        };
        return [name, node] as const;
    };
    return { access, rotation, nodes: Object.fromEntries(Object.entries(nodes).map(secured)) };
}
