import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import { sharedMachineName } from "../../scripts/protocol/names.ts";
import { portProblems } from "../agent/portProblems.ts";
import {
    addressClashes,
    defaultNodeSubnet,
    nodeSubnetProblem,
} from "../machine/containerAddresses.ts";
import { registryProblems } from "../machine/registries.ts";
import { containerProblems } from "../node/containerSettings.ts";
import { fileProblems, missingFiles } from "../node/fileProblems.ts";
import { adoptionProblems } from "./adoptionProblems.ts";
import { nodesOf, securityOf, type ConsulClusterArgs, type SharedNodeArgs } from "./clusterArgs.ts";
import { hostProblems } from "./clusterHosts.ts";
import { clusterServiceProblems } from "./clusterServices.ts";
import { clusterConfigProblems, configLayers } from "./configProblems.ts";
import { clusterEngineProblems } from "./engineSchema.ts";
import { joinChangeProblem, joinProblems } from "./joinProblems.ts";
import { progriumChangeProblem, progriumProblems } from "./progriumProblems.ts";
import { rolloutArgProblems } from "./rolloutProblems.ts";
import { securityChangeProblem, securityProblems } from "./securityProblems.ts";

/**
 * Refuses a cluster that cannot exist, before anything is declared.
 *
 * @throws pulumi.ResourceError with a line for each problem.
 */
export function assertCluster(cluster: pulumi.Resource, args: ConsulClusterArgs): void {
    const names = nodesOf(args).map(({ name }) => name);
    const repeated = names.filter((name, index) => names.indexOf(name) !== index);
    const problems = [
        ...repeated.map((name) => `name: got "${name}"; another node has it.`),
        ...sharedMachineProblems(args),
        ...progriumProblems(args),
        ...securityProblems(args),
        ...clusterConfigProblems(args),
        ...joinProblems(args),
        ...hostProblems(args),
        ...adoptionProblems(args),
        ...containerProblems(args.container),
        ...clusterEngineProblems(args),
        ...registryProblems(args.registries),
        ...clusterServiceProblems(args),
        ...clusterPortProblems(args),
        ...clusterFileProblems(args),
        ...rolloutArgProblems(args),
    ];
    if (problems.length > 0) {
        const text = ["Invalid arguments:", ...problems].join("\n  ");
        throw new pulumi.ResourceError(text, cluster, true);
    }
}

/** What is wrong with the ports of a cluster, a line each. */
function clusterPortProblems(args: ConsulClusterArgs): string[] {
    // Of progrium's image no cluster is secured, which is reported by itself.
    const security = args.imageFlavour === "progrium" ? "open" : securityOf(args);
    const cluster = { ...args, security, oneMachine: args.machine !== undefined };
    return portProblems(args, cluster).map(
        ({ path, value, rule }) => `${path}: got ${JSON.stringify(value)}; ${rule}.`,
    );
}

/** What is wrong with the files of its agents. */
function clusterFileProblems(args: ConsulClusterArgs): string[] {
    const { files = {}, serverFiles = {}, clientFiles = {} } = args;
    const ofAll = Object.entries({ files, serverFiles, clientFiles });
    const ofNodes = nodesOf(args).map((node) => [`${node.name}.files`, node.files ?? {}] as const);
    const places = [...ofAll, ...ofNodes];
    const declared = places.flatMap(([, some]) => Object.keys(some));
    return [
        ...places.flatMap(([at, some]) => fileProblems(at, some)),
        ...configLayers(args).flatMap(({ path, config }) => missingFiles(path, config, declared)),
    ].map((problem) => `${problem}.`);
}

/** Rules of nodes that share one machine, in words that fit the settings and the arguments alike. */
export const sharedMachineRules = {
    join:
        "nodes that share a machine advertise addresses inside it, which no other machine reaches; " +
        "give each node a machine of its own",
    name: "the name of the machine that all nodes share",
} as const;

/** What is wrong with a cluster whose nodes share one machine, a line each. */
export function sharedMachineProblems(args: ConsulClusterArgs): string[] {
    const { machine, nodeSubnet = defaultNodeSubnet, servers, join = [], joinCluster } = args;
    if (machine === undefined) {
        return [];
    }
    const problems: string[] = [];
    if (servers.length === 0) {
        problems.push(
            "servers: got none; one machine carries a whole cluster, so name at least one.",
        );
    }
    if (join.length > 0) {
        problems.push(`join: got ${JSON.stringify(join)}; ${sharedMachineRules.join}.`);
    }
    if (joinCluster !== undefined) {
        problems.push(`joinCluster: ${sharedMachineRules.join}.`);
    }
    const nodes: readonly SharedNodeArgs[] = nodesOf(args);
    for (const node of nodes) {
        if ("machine" in node && node.machine !== undefined) {
            problems.push(
                `${node.name}: machine: the cluster states one machine for all nodes; leave one ` +
                    "of the two out.",
            );
        }
        if (node.name === sharedMachineName) {
            problems.push(`name: got "${node.name}"; ${sharedMachineRules.name}.`);
        }
    }
    const wrong = nodeSubnetProblem(nodeSubnet);
    if (wrong !== undefined) {
        return [...problems, `nodeSubnet: got "${nodeSubnet}"; ${wrong}.`];
    }
    const names = nodes.map(({ name }) => name);
    return [...problems, ...addressClashes(nodeSubnet, names)];
}

/** Why a cluster cannot become what the program declares now; undefined where it can. */
export function formationProblem(recorded: Formation, args: ConsulClusterArgs): string | undefined {
    return (
        firstServerProblem(recorded, args) ??
        progriumChangeProblem(recorded, args) ??
        securityChangeProblem(recorded, args) ??
        joinChangeProblem(recorded, args)
    );
}

/**
 * Why another server cannot come first on a shared machine; undefined where none does. The first
 * one holds the machine's ports, and its successor would start before it is removed.
 */
export function firstServerProblem(
    { servers: [recorded] }: Formation,
    { machine, servers }: ConsulClusterArgs,
): string | undefined {
    const [now] = servers;
    return machine === undefined || recorded === undefined || now?.name === recorded
        ? undefined
        : `servers: got "${now?.name ?? "none"}" first; the cluster was made with "${recorded}", ` +
              "which holds the machine's ports and has to stay the first. To do without it, take " +
              "a snapshot and make a new cluster.";
}
