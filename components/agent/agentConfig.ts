import type { Security } from "../../scripts/protocol/security.ts";
import { mergedConfig, type JsonObject } from "./configObject.ts";
import { ownedVariablesOf } from "./ownedKeys.ts";
import type { Role } from "./ports.ts";
import { webUiOf } from "./webUi.ts";

export { isObject, mergedConfig, sortKeys, type Json, type JsonObject } from "./configObject.ts";

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

/** Our own configuration of an agent, the extra one merged in. Keys are sorted, so that equal
 * settings give equal text and their order replaces no container. */
export function agentConfig({ extra, ...args }: Omit<AgentConfigArgs, "tls">): JsonObject {
    return mergedConfig(baseConfig({ ...args, extra }), extra);
}

/** Our own configuration of an agent, whatever its cluster's security. */
export function baseConfig({
    role,
    recursors,
    extra,
}: Pick<AgentConfigArgs, "role" | "recursors" | "extra">): JsonObject {
    return {
        // What Consul recommends for production; its default of 5 suits the smallest cloud machines.
        performance: { raft_multiplier: 1 },
        // A stopped container is a restart; a node leaves when it is removed.
        leave_on_terminate: false,
        // Behind published ports all local clients have the bridge's address, and count as one.
        limits: { http_max_conns_per_client: 1000, rpc_max_conns_per_client: 500 },
        ...(role === "server" && webUiOf(extra).isConsuls ? { ui_config: { enabled: true } } : {}),
        ...(recursors !== undefined && recursors.length > 0 ? { recursors } : {}),
    };
}
