import { isArchive } from "../../components/agent/imageArchive.ts";
import type { Role } from "../../components/agent/ports.ts";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { configProblems } from "../../components/cluster/configProblems.ts";
import { configWarnings } from "../../components/cluster/configWarnings.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import type { RawNode, RawSettings } from "./schema.ts";
import { namedImages } from "./imageSettings.ts";

type Resolved = RawSettings & { readonly security: Security };

type Stated = RawNode & {
    readonly path: string;
    readonly role: Role;
    readonly settledAddress?: string | undefined;
};

/** A node's own part of its agent's configuration, and of its files. */
export function ownConfig({
    agentConfig,
    files,
}: RawNode): Pick<NodeArgs, "agentConfig" | "files"> {
    return { ...(agentConfig && { agentConfig }), ...(files && { files }) };
}

/** What is wrong with the agents' configuration: of all, of a role, of a node. */
export function configSettingProblems(raw: Resolved, nodes: readonly Stated[]): string[] {
    return configProblems(clusterOf(raw), nodes.map(configured));
}

/** What is unwise about it, or not certain before the image itself is asked. */
export function configSettingWarnings(raw: Resolved, nodes: readonly Stated[]): string[] {
    return configWarnings(clusterOf(raw), nodes.map(configured));
}

function clusterOf(raw: Resolved) {
    // Of several CPUs all are of one version.
    const image = namedImages(raw.image)[0]?.image ?? "";
    return { ...raw, reference: isArchive(image) ? undefined : image };
}

function configured(node: Stated) {
    const { role, name, agentConfig, settledAddress: address } = node;
    return { role, name, agentConfig, address, path: `${node.path}.agentConfig` };
}
