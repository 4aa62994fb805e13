import { z } from "zod";
import { httpPort, httpsPort } from "../../components/agent/ports.ts";
import {
    defaultSnapshotFolder,
    defaultStoreFolder,
    ownerOf,
} from "../../scripts/protocol/names.ts";
import type { AccessRequest } from "../../scripts/protocol/security.ts";
import { property } from "../../scripts/system/json.ts";
import { nodesSchema, type DeclaredNodes } from "./stackNodes.ts";
import { nameIn, type StackState, type StateResource } from "./stackState.ts";
import { containersIn, flagOf, type StateContainer } from "./stateContainers.ts";
import { isAccessRequest, requestOf } from "./stateRequests.ts";

/** The type of a cluster: a part of its resources' URNs. */
const clusterType = "consul-machines:index:ConsulCluster";

/** What a stack's state says of one of its clusters. */
export interface StateCluster {
    /** Its logical name in its program. */
    readonly name: string;
    /** `project/stack`. */
    readonly owner: string;
    /** docker-machine's store, relative to the program's folder. */
    readonly store: string;
    /** Undefined where it was never completed. */
    readonly datacenter: string | undefined;
    readonly image: string | undefined;
    readonly uiUrl: string | undefined;
    readonly httpAddress: string | undefined;
    readonly dnsAddress: string | undefined;
    /** Every node by its name; servers first. */
    readonly nodes: DeclaredNodes;
    readonly containers: readonly StateContainer[];
    /** What its rights are made of, secrets included; undefined for an open cluster. */
    readonly access: AccessRequest | undefined;
    /** Folder of its snapshots, relative to the program's folder. */
    readonly snapshots: string;
    /** Socket of the engine whose containers its machines are; undefined where they are no lab machines. */
    readonly labSocket: string | undefined;
    /** Whether its agents are Consul 0.5. */
    readonly isConsul05: boolean;
}

const outputsSchema = z.object({
    datacenter: z.string().optional().catch(undefined),
    image: z.string().optional().catch(undefined),
    uiUrl: z.string().optional().catch(undefined),
    httpAddress: z.string().optional().catch(undefined),
    dnsAddress: z.string().optional().catch(undefined),
    nodes: nodesSchema.optional().catch(undefined),
});

/** The clusters of a stack, in the order in which its program declares them. */
export function clustersIn(state: StackState, project: string, stack: string): StateCluster[] {
    return state.resources
        .filter(({ type }) => type === clusterType)
        .map((resource) => clusterOf(resource, state, ownerOf(project, stack), stack));
}

function clusterOf(
    { urn, outputs }: StateResource,
    state: StackState,
    owner: string,
    stack: string,
): StateCluster {
    const inside = state.below(urn);
    const requests = inside.flatMap(requestOf);
    const containers = containersIn(inside, state);
    const { nodes, ...rest } = outputsSchema.parse(outputs);
    const access = requests.find(({ verb }) => verb === "access write")?.request;
    const asked = isAccessRequest(access) ? access : undefined;
    const texts = (name: string) =>
        requests
            .map(({ request }) => property(request, name))
            .find((one) => typeof one === "string");
    const folders = requests.map(({ request }) =>
        property(property(request, "snapshots"), "folder"),
    );
    return {
        name: nameIn(urn),
        owner,
        store: texts("store") ?? defaultStoreFolder(stack),
        datacenter: rest.datacenter,
        image: rest.image,
        uiUrl: rest.uiUrl,
        httpAddress: rest.httpAddress,
        dnsAddress: rest.dnsAddress,
        nodes: nodes ?? nodesOf(containers, inside, asked !== undefined),
        containers,
        access: asked,
        snapshots:
            folders.find((folder) => typeof folder === "string") ?? defaultSnapshotFolder(stack),
        labSocket: texts("socketPath"),
        isConsul05: requests.some(({ request }) => property(request, "api") === "0.5"),
    };
}

/** The nodes of a cluster that was never completed, as far as their containers were made. */
function nodesOf(
    containers: readonly StateContainer[],
    inside: readonly StateResource[],
    isSecured: boolean,
): DeclaredNodes {
    const machines = inside.flatMap(requestOf).filter(({ verb }) => verb === "machine up");
    const nodes = containers.flatMap(({ node, command, placedBy, engine, ports }) => {
        if (node === undefined) {
            return [];
        }
        const host = engine?.host ?? "";
        const own = machines.find(({ name }) => name === `${placedBy}-machine`)?.request;
        const machine = property(own, "machine");
        const bound = property(own, "address");
        const [scheme, inside] = isSecured ? ["https", httpsPort] : ["http", httpPort];
        const port = ports.find(({ internal }) => internal === inside)?.port ?? inside;
        const apiAt = (at: string) => `${scheme}://${at}:${port}`;
        return [
            {
                name: node,
                role: command.includes("-server") ? "server" : "client",
                address: flagOf(command, "advertise") ?? host,
                httpAddress: apiAt(host),
                machine: typeof machine === "string" ? machine : placedBy,
                ...(typeof bound === "string" ? { peerHttpAddress: apiAt(bound) } : {}),
            },
        ];
    });
    const sorted = nodes.toSorted(
        (one, other) => Number(one.role === "client") - Number(other.role === "client"),
    );
    return Object.fromEntries(sorted.map(({ name, ...node }) => [name, node]));
}
