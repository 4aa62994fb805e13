import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { configLines } from "../agent/keys/configFindings.ts";
import { consulImage } from "../agent/keys/consulImage.ts";
import {
    layersOf,
    mergeLayers,
    type ClusterConfig,
    type ConfigLayer,
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
    const { image } = args;
    const reference = image.kind === "pulled" ? image.reference : image.source;
    const cluster = { ...args, security: securityOf(args), reference };
    return configProblems(cluster, configuredNodes(args));
}

/** All parts of the configuration that the library's arguments give. */
export function configLayers(args: ConsulClusterArgs): readonly ConfigLayer[] {
    return allLayers(args, configuredNodes(args));
}

/** All parts of the configuration of a cluster's agents, each once. */
export function allLayers(
    cluster: ClusterConfig,
    nodes: readonly ConfiguredNode[],
): readonly ConfigLayer[] {
    const layers = withRoles(nodes).flatMap((node) => layersOf(cluster, node));
    return [...new Map(layers.map((layer) => [layer.path, layer])).values()];
}

function configuredNodes({ servers, clients = [] }: ConsulClusterArgs): ConfiguredNode[] {
    const node =
        (role: "server" | "client") =>
        ({ name, agentConfig }: (typeof servers)[number]): ConfiguredNode => ({
            role,
            path: `${name}.agentConfig`,
            agentConfig,
        });
    return [...servers.map(node("server")), ...clients.map(node("client"))];
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
