import type * as docker from "@pulumi/docker";
import { mebibytes, type ContainerSettings } from "./containerSettings.ts";
import { portsOf } from "../agent/ports.ts";
import type { Placement } from "../machine/placement.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";
import { isPublishedTwice } from "./publishedPorts.ts";

/** Parts of a container's arguments that a node's settings decide. */
type Parts<Key extends keyof docker.ContainerArgs> = Pick<docker.ContainerArgs, Key>;

/** The logging driver of agents, where none is stated. */
const defaultLogDriver = "json-file";

/** Bounds of a log, without which it fills the disk. Docker has none of its own. */
const boundedLog: Readonly<Record<string, string>> = { "max-size": "10m", "max-file": "3" };

/** The logging drivers that keep their logs on the machine, and take these bounds. */
const fileDrivers: ReadonlySet<string> = new Set(["json-file", "local"]);

function logging({
    logDriver = defaultLogDriver,
    logOpts,
}: ContainerSettings): Parts<"logDriver" | "logOpts"> {
    const bounds = fileDrivers.has(logDriver) ? boundedLog : {};
    const options = { ...bounds, ...logOpts };
    return { logDriver, ...(Object.keys(options).length === 0 ? {} : { logOpts: options }) };
}

/**
 * The log of an agent whose settings decide it: in a secured cluster from the first version on, in an open one where they
 * state it.
 */
export function statedLogging({
    agent: { container = {} },
    secured,
}: Pick<NodeAgentArgs, "agent" | "secured">): Parts<"logDriver" | "logOpts"> {
    return secured === undefined && !statesLogging(container) ? {} : logging(container);
}

function statesLogging({ logDriver, logOpts }: ContainerSettings): boolean {
    return logDriver !== undefined || logOpts !== undefined;
}

/**
 * The log of an agent of an open cluster whose settings do not state it. It is bounded as well, but only in a container that
 * is new to its stack: what was made without a bound is not replaced for it.
 */
export function unstatedLogging({
    agent: { container = {} },
    secured,
}: Pick<NodeAgentArgs, "agent" | "secured">) {
    return secured !== undefined || statesLogging(container)
        ? { args: {}, ignoreChanges: [] }
        : { args: logging({}), ignoreChanges: ["logDriver", "logOpts"] };
}

/** The limits of an agent's container, and the names that it resolves besides. */
export function containerLimits({
    memory,
    memoryReservation,
    fileLimit,
    extraHosts,
}: ContainerSettings = {}): Parts<"memory" | "memoryReservation" | "ulimits" | "hosts"> {
    const limit = (size: number | string) => mebibytes(size) ?? 0;
    const hosts = Object.entries(extraHosts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    return {
        ...(memory === undefined ? {} : { memory: limit(memory) }),
        ...(memoryReservation === undefined ? {} : { memoryReservation: limit(memoryReservation) }),
        ...(fileLimit === undefined
            ? {}
            : { ulimits: [{ name: "nofile", soft: fileLimit, hard: fileLimit }] }),
        ...(hosts.length === 0 ? {} : { hosts: hosts.map(([host, ip]) => ({ host, ip })) }),
    };
}

/**
 * What replaces an agent's container besides what the provider replaces it for: it accepts other changes of these as an
 * update, and then changes nothing, or does not take a limit away again.
 */
export function replacedFor({ secured }: Pick<NodeAgentArgs, "secured">): string[] {
    return [
        "healthcheck",
        ...(secured === undefined ? [] : ["tmpfs"]),
        "memory",
        "memoryReservation",
    ];
}

/** What the engine decides of an agent's container, or reports in another form than it is declared. */
export function ignoredParts(
    { machine, ports }: Pick<Placement, "machine" | "ports">,
    { role, agent }: Pick<NodeAgentArgs, "role" | "agent">,
): string[] {
    const rows = portsOf(role, ports);
    return [
        ...(isPublishedTwice(machine, rows, agent) ? ["ports"] : []),
        // Twice the memory, or nothing on a machine whose kernel does not count it.
        ...(agent.container?.memory === undefined ? [] : ["memorySwap"]),
    ];
}
