import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { configLines } from "../agent/keys/configFindings.ts";
import { consulImage } from "../agent/keys/consulImage.ts";
import {
    layersOf,
    mergeLayers,
    type ClusterConfig,
    type ConfiguredNode,
} from "../agent/layeredConfig.ts";
import { progriumConfigProblems } from "../agent/progriumConfig.ts";
import { securityOf, type ConsulClusterArgs } from "./clusterArgs.ts";

/** A cluster, as far as it decides what its agents may be told. */
export interface ConfiguredCluster extends ClusterConfig {
    readonly security: Security;
    readonly imageFlavour?: ImageFlavour | undefined;
    /** The image's name, as far as it has one. */
    readonly reference?: string | undefined;
}

/** What is wrong with the configuration of a cluster's agents, a line each, in words that fit the settings and the
 * library's arguments alike. A role without nodes is checked too. */
export function configProblems(
    cluster: ConfiguredCluster,
    nodes: readonly ConfiguredNode[],
): string[] {
    if (cluster.imageFlavour === "progrium") {
        const layers = withRoles(nodes).flatMap((node) => layersOf(cluster, node));
        return unique(layers.flatMap(({ path, config }) => progriumConfigProblems(config, path)));
    }
    return unique(linesOf(cluster, nodes).flatMap(({ problems }) => problems));
}

/** The same problems of the library's arguments. */
export function clusterConfigProblems(args: ConsulClusterArgs): string[] {
    const { servers, clients = [], image } = args;
    const node =
        (role: "server" | "client") =>
        ({ name, agentConfig }: (typeof servers)[number]): ConfiguredNode => ({
            role,
            path: `${name}.agentConfig`,
            agentConfig,
        });
    const nodes = [...servers.map(node("server")), ...clients.map(node("client"))];
    const reference = image.kind === "pulled" ? image.reference : image.source;
    return configProblems({ ...args, security: securityOf(args), reference }, nodes);
}

/** What is said of each node's configuration. */
export function linesOf(cluster: ConfiguredCluster, nodes: readonly ConfiguredNode[]) {
    const { security, reference } = cluster;
    const image = consulImage(reference);
    return withRoles(nodes).map((node) => {
        const layers = layersOf(cluster, node);
        return configLines(layers, mergeLayers(layers) ?? {}, { role: node.role, security, image });
    });
}

/** The nodes, and one for each role that has none: what is stated for that role is checked too. */
function withRoles(nodes: readonly ConfiguredNode[]): ConfiguredNode[] {
    const lacking = (["server", "client"] as const).filter((role) =>
        nodes.every((node) => node.role !== role),
    );
    return [...nodes, ...lacking.map((role) => ({ role, path: "" }))];
}

function unique(lines: readonly string[]): string[] {
    return [...new Set(lines)];
}
