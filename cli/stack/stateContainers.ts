import { z } from "zod";
import { nodeLabel } from "../../scripts/protocol/labels.ts";
import { isUnreachableHost } from "../../scripts/protocol/unreachableHost.ts";
import type { TlsAccess } from "../../scripts/system/http.ts";
import { nameIn, type StackState, type StateResource } from "./stackState.ts";

/** A machine's Docker Engine. */
export interface MachineEngine {
    readonly host: string;
    readonly port: number;
    readonly tls: TlsAccess;
}

/** A port that a container publishes. */
export interface StatePort {
    /** Number on the machine. */
    readonly port: number;
    /** Number inside of the container. */
    readonly internal: number;
    readonly protocol: string;
    /** Address of the machine that it is bound to; empty for all. */
    readonly ip: string;
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
    readonly ports: readonly StatePort[];
    /** Name of what its machine is for, as its provider has it: `consul-server-1`. */
    readonly placedBy: string;
    /** Undefined where the last run has found that the machine does not answer. */
    readonly engine: MachineEngine | undefined;
}

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
        .array(
            z.object({
                internal: z.number(),
                external: z.number(),
                protocol: z.string().default("tcp"),
                ip: z.string().default(""),
            }),
        )
        .default([])
        .catch([]),
});

const engineSchema = z.object({
    host: z.string().startsWith("tcp://"),
    caMaterial: z.string(),
    certMaterial: z.string(),
    keyMaterial: z.string(),
});

/** The containers on the machines of a cluster. @param inside what its program declares in it. */
export function containersIn(
    inside: readonly StateResource[],
    state: StackState,
): StateContainer[] {
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
        ports: ports.map(({ external: port, ...rest }) => ({ port, ...rest })),
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

/** The value of an agent's flag. */
export function flagOf(command: readonly string[], name: string): string | undefined {
    const start = `-${name}=`;
    return command.find((word) => word.startsWith(start))?.slice(start.length);
}
