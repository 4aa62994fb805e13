import { configProblems } from "../../components/cluster/configProblems.ts";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { Role } from "../../components/agent/ports.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import type { RawNode, RawSettings } from "./schema.ts";

/** A node's own part of its agent's configuration. */
export function ownConfig({ agentConfig }: RawNode): Pick<NodeArgs, "agentConfig"> {
    return agentConfig === undefined ? {} : { agentConfig };
}

/** What is wrong with the agents' configuration: of all, of a role, of a node. */
export function configSettingProblems(
    raw: RawSettings & { readonly security: Security },
    nodes: readonly (RawNode & { readonly path: string; readonly role: Role })[],
): string[] {
    return configProblems(
        raw,
        nodes.map((node) => ({ ...node, path: `${node.path}.agentConfig` })),
    );
}
