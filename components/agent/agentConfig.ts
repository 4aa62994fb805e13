import type { Security } from "../../scripts/protocol/security.ts";
import { isFreeMap } from "./keys/freeMaps.ts";
import { ownedKeysOf, ownedVariablesOf } from "./ownedKeys.ts";
import type { Role } from "./ports.ts";

/** A value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
    readonly [key: string]: Json;
}

/** How agents of a secured cluster speak TLS. */
export interface TlsSettings {
    /** The least version of TLS that an agent takes from anyone. Changing it replaces every container.
     * @default "1.2" */
    readonly minVersion?: "1.2" | "1.3" | undefined;
    /** Whether the API demands of every caller a certificate that the cluster's CA has signed, besides a token. Changing
     * it replaces every container. @default false */
    readonly clientCertificates?: boolean | undefined;
}

/** What determines an agent's configuration file. */
export interface AgentConfigArgs {
    /** Whether the agent takes part in Raft. */
    readonly role: Role;
    /** Resolvers for names outside Consul's domain. @default none: such names are refused. */
    readonly recursors?: readonly string[] | undefined;
    /** How it speaks TLS; in a secured cluster alone. */
    readonly tls?: TlsSettings | undefined;
    /** Extra configuration of the operator's, merged over ours key by key. */
    readonly extra?: JsonObject | undefined;
}

/** Consul's log levels, from the most verbose to the least. */
const logLevels: readonly string[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR", "ERROR"];

/** The problems of an operator's extra environment, one line per variable we own. */
export function environmentVariableProblems(
    environment: Readonly<Record<string, string>>,
    security: Security = "open",
): string[] {
    const owned = ownedVariablesOf(security);
    return Object.keys(environment)
        .filter((name) => Object.hasOwn(owned, name))
        .map((name) => `environment.${name}: cannot be set here; ${owned[name] ?? ""}`);
}

/** The problems of an operator's extra agent configuration, one line each. Consul's keys are not
 * case-sensitive. */
export function extraConfigProblems(
    extra: JsonObject,
    security: Security = "open",
    at = "agentConfig",
): string[] {
    const all = ownedKeysOf(security);
    const owned = Object.keys(extra)
        .filter((key) => Object.hasOwn(all, key.toLowerCase()))
        .map((key) => `${at}.${key}: cannot be set here; ${all[key.toLowerCase()] ?? ""}`);
    return [...owned, ...dangers(extra, security, at)];
}

/** Keys that may be set, but not to these values. */
function dangers(extra: JsonObject, security: Security, at: string): string[] {
    const { acl, enable_script_checks: scripts, log_level: level = "INFO" } = extra;
    const isLevel = typeof level === "string" && logLevels.includes(level.toUpperCase());
    // Under full security the key is ours.
    const isClosed =
        security === "open" &&
        isObject(acl) &&
        acl.enabled === true &&
        acl.default_policy === "deny";
    const whoever = security === "open" ? "reaches port 8500" : "may register a service";
    return [
        ...(isClosed
            ? [
                  `${at}.acl.default_policy: got "deny"; gates, clearances and doctor ask ` +
                      "without a token, and would be answered with nothing",
              ]
            : []),
        ...(scripts === true
            ? [
                  `${at}.enable_script_checks: got true; whoever ${whoever} could run ` +
                      "programs on every node. enable_local_script_checks takes those of its " +
                      "configuration alone",
              ]
            : []),
        // A running agent ignores a wrong level on reload, and fails at its next start.
        ...(isLevel
            ? []
            : [
                  `${at}.log_level: got ${JSON.stringify(level)}; expected one of ` +
                      logLevels.join(", "),
              ]),
    ];
}

/** Our own configuration of an agent, the extra one merged in. Keys are sorted, so that equal
 * settings give equal text and their order replaces no container. */
export function agentConfig({ extra, ...args }: Omit<AgentConfigArgs, "tls">): JsonObject {
    return mergedConfig(baseConfig(args), extra);
}

/** Our own configuration of an agent, whatever its cluster's security. */
export function baseConfig({
    role,
    recursors,
}: Pick<AgentConfigArgs, "role" | "recursors">): JsonObject {
    return {
        // What Consul recommends for production; its default of 5 suits the smallest cloud machines.
        performance: { raft_multiplier: 1 },
        // A stopped container is a restart; a node leaves when it is removed.
        leave_on_terminate: false,
        // Behind published ports all local clients have the bridge's address, and count as one.
        limits: { http_max_conns_per_client: 1000, rpc_max_conns_per_client: 500 },
        ...(role === "server" ? { ui_config: { enabled: true } } : {}),
        ...(recursors !== undefined && recursors.length > 0 ? { recursors } : {}),
    };
}

/** Our configuration with the operator's merged over it key by key, its keys sorted. */
export function mergedConfig(base: JsonObject, extra: JsonObject = {}): JsonObject {
    return sortKeys(merge(base, extra));
}

/** Whether a JSON value is an object. */
export function isObject(value: Json | undefined): value is JsonObject {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Consul's keys are not case-sensitive, and an agent does not start with one that is there twice: a key keeps the
 * spelling that it had first. */
function merge(base: JsonObject, over: JsonObject, place: readonly string[] = []): JsonObject {
    const merged: Record<string, Json> = { ...base };
    const isFree = isFreeMap(place);
    for (const [stated, value] of Object.entries(over)) {
        const same = (key: string) => key.toLowerCase() === stated.toLowerCase();
        const key = isFree ? stated : (Object.keys(merged).find(same) ?? stated);
        const before = merged[key];
        merged[key] =
            isObject(before) && isObject(value) ? merge(before, value, [...place, key]) : value;
    }
    return merged;
}

/** The same object with its keys sorted, at every depth. */
export function sortKeys(object: JsonObject): JsonObject {
    const sorted = Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
        sorted.map(([key, value]) => [key, isObject(value) ? sortKeys(value) : value]),
    );
}
