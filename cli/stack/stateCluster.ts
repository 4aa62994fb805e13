import { z } from "zod";
import { httpPort, httpsPort } from "../../components/agent/ports.ts";
import { nodeLabel } from "../../scripts/protocol/labels.ts";
import {
    defaultSnapshotFolder,
    defaultStoreFolder,
    ownerOf,
} from "../../scripts/protocol/names.ts";
import type { AccessRequest } from "../../scripts/protocol/security.ts";
import { isUnreachableHost } from "../../scripts/protocol/unreachableHost.ts";
import type { TlsAccess } from "../../scripts/system/http.ts";
import { property } from "../../scripts/system/json.ts";
import { nodesSchema, type DeclaredNodes } from "./stackNodes.ts";
import { nameIn, type StackState, type StateResource } from "./stackState.ts";
import { isAccessRequest, requestOf } from "./stateRequests.ts";

/** The type of a cluster: a part of its resources' URNs. */
const clusterType = "consul-machines:index:ConsulCluster";

/** A machine's Docker Engine. */
export interface MachineEngine {
    readonly host: string;
    readonly port: number;
    readonly tls: TlsAccess;
}

/** A container on one of the cluster's machines. */
export interface StateContainer {
    /** Its name on the machine. */
    readonly name: string;
    /** The node whose agent it is; undefined for any other container. */
    readonly node: string | undefined;
    readonly image: string;
    readonly command: readonly string[];
    /** Its variables, `NAME=VALUE`. There may be secrets among them. */
    readonly envs: readonly string[];
    readonly ports: readonly { readonly port: number; readonly protocol: string }[];
    /** Name of what its machine is for, as its provider has it: `consul-server-1`. */
    readonly placedBy: string;
    /** Undefined where the last run has found that the machine does not answer. */
    readonly engine: MachineEngine | undefined;
}

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

const words = z.array(z.string()).default([]).catch([]);

const containerSchema = z.object({
    name: z.string().catch(""),
    image: z.string().catch(""),
    command: words,
    envs: words,
    labels: z
        .array(z.object({ label: z.string(), value: z.string() }))
        .default([])
        .catch([]),
    ports: z
        .array(z.object({ external: z.number(), protocol: z.string().default("tcp") }))
        .default([])
        .catch([]),
});

const engineSchema = z.object({
    host: z.string().startsWith("tcp://"),
    caMaterial: z.string(),
    certMaterial: z.string(),
    keyMaterial: z.string(),
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

function containersIn(inside: readonly StateResource[], state: StackState): StateContainer[] {
    const providers = new Set(inside.filter(isOfMachine).map(({ urn }) => urn));
    // What else a program places on a machine is below its own components.
    return state.resources
        .filter(({ type }) => type === "docker:index/container:Container")
        .flatMap(({ inputs, provider = "" }) => {
            const placed = provider.slice(0, provider.lastIndexOf("::"));
            return providers.has(placed) ? [containerOf(inputs, placed, state)] : [];
        });
}

/** Whether this is the provider of a machine's engine: that of lab machines has a socket of this computer. */
function isOfMachine({ type, inputs }: StateResource): boolean {
    const host = typeof inputs.host === "string" ? inputs.host : "";
    return (
        type === "pulumi:providers:docker" && (host.startsWith("tcp://") || isUnreachableHost(host))
    );
}

function containerOf(
    inputs: StateResource["inputs"],
    provider: string,
    state: StackState,
): StateContainer {
    const { labels, ports, ...rest } = containerSchema.parse(inputs);
    const node = labels.find(({ label }) => label === nodeLabel)?.value;
    return {
        ...rest,
        // What is placed beside an agent is labelled with its node, too.
        node: flagOf(rest.command, "node") === undefined ? undefined : node,
        ports: ports.map(({ external: port, protocol }) => ({ port, protocol })),
        placedBy: nameIn(provider).replace(/-docker$/, ""),
        engine: engineOf(state.resource(provider)?.inputs),
    };
}

function engineOf(inputs: unknown): MachineEngine | undefined {
    const found = engineSchema.safeParse(inputs).data;
    if (found === undefined || isUnreachableHost(found.host)) {
        return undefined;
    }
    const { hostname: host, port } = new URL(found.host);
    const { caMaterial: ca, certMaterial: cert, keyMaterial: key } = found;
    return { host, port: Number(port), tls: { ca, cert, key } };
}

/** The nodes of a cluster that was never completed, as far as their containers were made. */
function nodesOf(
    containers: readonly StateContainer[],
    inside: readonly StateResource[],
    isSecured: boolean,
): DeclaredNodes {
    const machines = inside.flatMap(requestOf).filter(({ verb }) => verb === "machine up");
    const nodes = containers.flatMap(({ node, command, placedBy, engine }) => {
        if (node === undefined) {
            return [];
        }
        const host = engine?.host ?? "";
        const own = machines.find(({ name }) => name === `${placedBy}-machine`)?.request;
        const machine = property(own, "machine");
        const bound = property(own, "address");
        const apiAt = (at: string) =>
            isSecured ? `https://${at}:${httpsPort}` : `http://${at}:${httpPort}`;
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

/** The value of an agent's flag. */
export function flagOf(command: readonly string[], name: string): string | undefined {
    const start = `-${name}=`;
    return command.find((word) => word.startsWith(start))?.slice(start.length);
}
