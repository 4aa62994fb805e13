import { extraConfigProblems } from "../agent/agentConfig.ts";
import { layersOf, type ClusterConfig, type ConfiguredNode } from "../agent/layeredConfig.ts";
import { progriumConfigProblems } from "../agent/progriumConfig.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { securityOf, type ConsulClusterArgs } from "./clusterArgs.ts";

/** A cluster, as far as it decides what its agents may be told. */
export interface ConfiguredCluster extends ClusterConfig {
    readonly security: Security;
    readonly imageFlavour?: ImageFlavour | undefined;
}

/** What is wrong with the configuration of a cluster's agents, a line each, in words that fit the settings and the
 * library's arguments alike. A role without nodes is checked too. */
export function configProblems(
    cluster: ConfiguredCluster,
    nodes: readonly ConfiguredNode[],
): string[] {
    const roles = (["server", "client"] as const).map((role) => ({ role, path: "" }));
    const layers = [...roles, ...nodes].flatMap((node) => layersOf(cluster, node));
    const problems = layers.flatMap(({ path, config }) =>
        cluster.imageFlavour === "progrium"
            ? progriumConfigProblems(config, path)
            : extraConfigProblems(config, cluster.security, path),
    );
    return [...new Set(problems)];
}

/** The same of the library's arguments. */
export function clusterConfigProblems(args: ConsulClusterArgs): string[] {
    const { servers, clients = [] } = args;
    const node =
        (role: "server" | "client") =>
        ({ name, agentConfig }: (typeof servers)[number]): ConfiguredNode => ({
            role,
            path: `${name}.agentConfig`,
            agentConfig,
        });
    const nodes = [...servers.map(node("server")), ...clients.map(node("client"))];
    return configProblems({ ...args, security: securityOf(args) }, nodes);
}
