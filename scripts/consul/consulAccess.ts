import type { KeyPair } from "../protocol/security.ts";

/**
 * On whose behalf an agent is asked. `agent`: about itself and to change itself, which needs no leader. `operate`:
 * about the cluster, and to change its members and services. `manage`: for all its data, and its ACLs. `register`: to
 * register a service, with the token that the agent keeps for it.
 */
export type Right = "agent" | "operate" | "manage" | "register";

/** A client's rights, and how it verifies an agent. */
export interface ConsulAccess {
    /** ACL tokens by what they are for; of several the first one that the agent accepts, for while tokens are replaced
     * it may have either. One alone is for everything. @default the anonymous one */
    readonly tokens?: Readonly<Partial<Record<Right, readonly string[]>>> | string | undefined;
    /** Certificate of the CA that signed the agent's certificate, PEM; needed for `https`. */
    readonly ca?: string | undefined;
    /** Certificate by which a caller is let in, with those between it and the CA, and its key: for agents that demand one.
     * @default none is shown */
    readonly client?: KeyPair | undefined;
    /** Name that the agent's certificate must have. @default the address's host */
    readonly serverName?: string | undefined;
    /** Where the agent is asked without TLS if nothing listens at its `https` address, and whether tokens are sent there:
     * while its cluster is being secured, an agent has one of the two. @default it is not */
    readonly plain?: { readonly httpAddress: string; readonly hasTokens: boolean } | undefined;
    /** Finds where else the agent is asked, if nothing listens at its address: while its API gets another port, it is at
     * one of the two. @default nowhere */
    readonly elsewhere?: (() => Promise<string | undefined>) | undefined;
}
