import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { imageContractOf } from "./imageContracts.ts";
import type { PortSettings } from "./portSettings.ts";
import { dnsPort, httpPort, httpsPort, portsOf, resolverPort, type PortRow } from "./ports.ts";

/** What is wrong with one of the settings of ports. */
export interface PortProblem {
    /** The setting, `ports.http` or `publish[1].port`. */
    readonly path: string;
    /** What it has. */
    readonly value: unknown;
    /** The rule that it breaks, and the way out. */
    readonly rule: string;
}

/** The cluster whose ports they are. */
export interface PortCluster {
    readonly security: Security;
    readonly imageFlavour?: ImageFlavour | undefined;
    /** Whether its nodes share a machine, where one of them publishes an API for all. */
    readonly oneMachine: boolean;
}

/** Why the ports by which agents find one another have no other numbers. */
export const peerPortRule =
    "RPC and gossip are at 8300 to 8302 in every cluster: an agent takes those that it joins, another stack's too, to " +
    "have its own numbers. Where something else of a host has one of them, move that, or give the node another address " +
    "of the host";

/** What a machine has at a port of its own, whatever runs on it. */
const ofMachines: ReadonlyMap<number, string> = new Map([
    [22, "SSH of the machine"],
    [2376, "Docker of the machine"],
]);

/** The least number that a program which is not root may open everywhere. */
const leastUnprivileged = 1024;

/** Port of gRPC over TLS that servers have inside of their containers where nothing is said of it. */
const defaultGrpcTls = 8503;

/** Everything that is wrong with the ports of a cluster: with one setting, and among them. */
export function portProblems(settings: PortSettings, cluster: PortCluster): PortProblem[] {
    const single = [
        ...apiProblems(settings, cluster),
        ...grpcProblems(settings, cluster),
        ...extraProblems(settings, cluster),
    ];
    // A number that is refused for itself is not held against the others as well.
    return single.length > 0 ? single : tableProblems(settings, cluster);
}

function apiProblems(
    { ports: { http, https } = {}, httpOnBridge = false }: PortSettings,
    { security }: PortCluster,
): PortProblem[] {
    const isOpen = security === "open";
    const refused = (path: string, value: unknown, rule: string) => [{ path, value, rule }];
    return [
        ...(isOpen && http === false
            ? refused("ports.http", http, "an open cluster has no other API; give it a number")
            : []),
        ...(isOpen && typeof https === "number"
            ? refused(
                  "ports.https",
                  https,
                  'the agents of an open cluster have no certificates: "ports.http" is its API; or set "security" to "full"',
              )
            : []),
        ...(!isOpen && https === false
            ? refused("ports.https", https, "a secured cluster has no other API; give it a number")
            : []),
        ...(!isOpen && typeof http === "number" && !httpOnBridge
            ? refused(
                  "ports.http",
                  http,
                  'the API of a secured cluster is "ports.https"; without TLS it is at the bridge alone, with ' +
                      '"httpOnBridge" set to true',
              )
            : []),
        ...(!isOpen && http === false && httpOnBridge
            ? refused(
                  "httpOnBridge",
                  httpOnBridge,
                  '"ports.http" is off, which is what it publishes; leave one of the two out',
              )
            : []),
    ];
}

function grpcProblems(
    { ports = {} }: PortSettings,
    { security, imageFlavour = "official" }: PortCluster,
): PortProblem[] {
    const inside = new Set([8300, 8301, 8302, httpPort, httpsPort, dnsPort]);
    return (["grpc", "grpcTls"] as const).flatMap((key) => {
        const value = ports[key];
        const path = `ports.${key}`;
        if (value === undefined) {
            return [];
        }
        if (imageFlavour === "progrium") {
            return [{ path, value, rule: "Consul 0.5.2 has no gRPC; leave it out" }];
        }
        if (value === false) {
            return [];
        }
        if (key === "grpc" && security === "full") {
            const rule =
                'without TLS tokens would be read on their way; a secured cluster has "ports.grpcTls"';
            return [{ path, value, rule }];
        }
        if (value < leastUnprivileged) {
            const rule = `at least ${leastUnprivileged}: Consul tells others this number, so its agent, which is not root, has to open it itself`;
            return [{ path, value, rule }];
        }
        if (inside.has(value)) {
            const rule =
                "the agent has that port inside of its container for something else; name another";
            return [{ path, value, rule }];
        }
        const isServers = key === "grpc" && value === defaultGrpcTls && ports.grpcTls === undefined;
        const rule = `servers have gRPC over TLS there by themselves; name another, or set "ports.grpcTls" to false`;
        return isServers ? [{ path, value, rule }] : [];
    });
}

function extraProblems({ publish = [] }: PortSettings, { security }: PortCluster): PortProblem[] {
    return publish.flatMap(({ port, internal = port, protocol = "tcp" }, index) =>
        security === "full" && internal === httpPort && protocol === "tcp"
            ? [
                  {
                      path: `publish[${index}].${internal === port ? "port" : "internal"}`,
                      value: internal,
                      rule:
                          'the API without TLS, which only "httpOnBridge" publishes, and at the bridge alone; with TLS it ' +
                          `is ${httpsPort} inside`,
                  },
              ]
            : [],
    );
}

/** Rows that are at one number of one address, for one protocol, and those at a port of the machine's own. */
function tableProblems(settings: PortSettings, cluster: PortCluster): PortProblem[] {
    const { imageFlavour, security, oneMachine } = cluster;
    const contract = imageContractOf(imageFlavour, security, settings);
    const table = oneMachine ? contract.apiPorts : contract.ports;
    const found = (["server", "client"] as const).flatMap((role) => {
        const rows = portsOf(role, table);
        return rows.flatMap((row, index) => {
            const of = row.protocol === "tcp" ? ofMachines.get(row.port) : undefined;
            const before = rows.slice(0, index).find((other) => isSamePlace(row, other));
            const holder = of ?? before?.purpose;
            return holder === undefined ? [] : [clash(row, before, holder, settings)];
        });
    });
    const texts = found.map(({ path, value, rule }) => JSON.stringify([path, value, rule]));
    return found.filter(({ path }, index) => {
        const isFirst = texts.indexOf(texts[index] ?? "") === index;
        // One setting may have two rows, for both protocols.
        return isFirst && found.findIndex((other) => other.path === path) === index;
    });
}

function isSamePlace(one: PortRow, other: PortRow): boolean {
    return (
        one.port === other.port &&
        one.protocol === other.protocol &&
        (one.at ?? "address") === (other.at ?? "address")
    );
}

function clash(
    row: PortRow,
    before: PortRow | undefined,
    holder: string,
    settings: PortSettings,
): PortProblem {
    // A row of every cluster is in nobody's way by its own doing.
    const from = row.from ?? before?.from ?? "ports";
    const said = row.from === undefined ? row.purpose : holder;
    const where = row.at === "bridge" ? "the bridge" : "the machine's address";
    const isFlag = !from.startsWith("ports.") && !from.startsWith("publish[");
    return {
        path: from.startsWith("publish[") ? `${from}.port` : from,
        value: isFlag ? true : row.port,
        rule:
            `${row.port}/${row.protocol} of ${where} is that of "${said}" already; ` +
            (isFlag || row.port === resolverPort
                ? "leave one of the two out"
                : `give one of them another number${settings.publish === undefined ? "" : " or place"}`),
    };
}
