import { loopbackAddresses, type LoopbackAddress } from "../agent/keys/loopback.ts";
import { lowerKeys } from "../agent/keys/finding.ts";
import { layersOf, mergeLayers, sourceOf, type ConfiguredNode } from "../agent/layeredConfig.ts";
import { linesOf, type ConfiguredCluster } from "./configProblems.ts";

/** A cluster, as far as warnings of its agents' configuration go. */
export interface WarnedCluster extends ConfiguredCluster {
    /** Whether its agents answer DNS on their machines' bridges. */
    readonly dnsOnBridge: boolean;
}

/** What is unwise about the configuration of a cluster's agents, or not certain, a line each. */
export function configWarnings(cluster: WarnedCluster, nodes: readonly ConfiguredNode[]): string[] {
    if (cluster.imageFlavour === "progrium") {
        return [];
    }
    const ofKeys = linesOf(cluster, nodes).flatMap(({ warnings }) => warnings);
    return [
        ...new Set([
            ...ofKeys,
            ...loopbackWarnings(cluster, nodes),
            ...serviceWarnings(cluster, nodes),
        ]),
    ];
}

/** The merged configuration of each node. */
function mergedOf(cluster: WarnedCluster, nodes: readonly ConfiguredNode[]) {
    return nodes.map((node) => {
        const layers = layersOf(cluster, node);
        return { node, layers, config: lowerKeys(mergeLayers(layers) ?? {}) };
    });
}

/** Addresses that mean the host in files of agents that run there. One line for each value in the settings, with what to
 * write for the nodes that have it. */
function loopbackWarnings(cluster: WarnedCluster, nodes: readonly ConfiguredNode[]): string[] {
    const found = new Map<
        string,
        { readonly at: LoopbackAddress; readonly of: ConfiguredNode[] }
    >();
    for (const { node, layers, config } of mergedOf(cluster, nodes)) {
        for (const at of loopbackAddresses(config)) {
            const source = sourceOf(layers, at.place);
            const before = found.get(source) ?? { at, of: [] };
            found.set(source, { at, of: [...before.of, node] });
        }
    }
    return [...found].map(([source, { at, of }]) => {
        const shown = at.port === undefined ? at.host : `${at.host}:${at.port}`;
        return (
            `${source}: got ${JSON.stringify(shown)}; inside of the agent's container that is the container itself, not the ` +
            `machine. ${advice(cluster, at, of)}`
        );
    });
}

function advice(
    { dnsOnBridge }: WarnedCluster,
    { port }: LoopbackAddress,
    nodes: readonly ConfiguredNode[],
): string {
    if (port === 53 && dnsOnBridge) {
        return "Write the address of the machine's docker0 bridge, 172.17.0.1 on most machines.";
    }
    const suffix = port === undefined ? "" : `:${port}`;
    const places = nodes.flatMap(({ name, address }) =>
        name === undefined || address === undefined ? [] : [`${address}${suffix} for ${name}`],
    );
    const shown = places.slice(0, 3).join(", ");
    const more = places.length > 3 ? `, and so on for ${places.length - 3} more` : "";
    return nodes.length === 1
        ? `Write the machine's address${shown === "" ? "" : `: ${shown}`}.`
        : `Write the machine's address, in the agentConfig of each node${shown === "" ? "" : `: ${shown}${more}`}; ` +
              "what listens there has to listen on that address.";
}

const definitions = ["service", "services"];

/** Services that are declared for more than one node: each of those agents registers them. */
function serviceWarnings(cluster: WarnedCluster, nodes: readonly ConfiguredNode[]): string[] {
    const counts = new Map<string, number>();
    for (const { layers, config } of mergedOf(cluster, nodes)) {
        for (const key of definitions.filter((one) => config[one] !== undefined)) {
            const source = sourceOf(layers, [key]);
            counts.set(source, (counts.get(source) ?? 0) + 1);
        }
    }
    return [...counts]
        .filter(([, count]) => count > 1)
        .map(
            ([source, count]) =>
                `${source}: each of ${count} agents registers it, so it is there ${count} times. State a service of one ` +
                'machine under "services" of its node; one of every machine of a role under "serverServices" or ' +
                '"clientServices".',
        );
}
