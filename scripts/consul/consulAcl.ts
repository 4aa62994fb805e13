import { property } from "../system/json.ts";
import { readBody } from "../system/http.ts";
import type { ConsulConnection, ConsulRequest } from "./consulConnection.ts";
import { ConsulError } from "./consulError.ts";

/** The policy of all rights, which every datacenter has: its id. */
export const globalManagement = "00000000-0000-0000-0000-000000000001";

/** What a token may do, and what is said of it. */
export interface TokenContent {
    readonly Description: string;
    readonly Policies?: readonly ({ readonly ID: string } | { readonly Name: string })[];
    /** The rights that a node's agent needs, of that node alone. */
    readonly NodeIdentities?: readonly {
        readonly NodeName: string;
        readonly Datacenter: string;
    }[];
    readonly TemplatedPolicies?: readonly { readonly TemplateName: string }[];
}

/** A token without its secret. */
export interface KnownToken {
    readonly AccessorID: string;
    readonly Description: string;
}

/** A policy. */
export interface Policy {
    readonly ID: string;
    readonly Name: string;
    /** HCL. */
    readonly Rules: string;
}

const manage = { right: "manage" } as const;

/** The token with this secret; undefined where the cluster knows none. The secret travels in a header: agents log
 * paths. */
export function tokenOf(
    consul: ConsulConnection,
    secretId: string,
): Promise<KnownToken | undefined> {
    return unlessAbsent(consul.get<KnownToken>("/v1/acl/token/self", { token: secretId }));
}

/** All tokens, without their secrets. */
export function listTokens(consul: ConsulConnection): Promise<readonly KnownToken[]> {
    return consul.get<readonly KnownToken[]>("/v1/acl/tokens", manage);
}

/** Makes a token of a given id and secret. @throws ConsulError where there is one of either. */
export function createToken(
    consul: ConsulConnection,
    token: TokenContent & { readonly AccessorID: string; readonly SecretID: string },
): Promise<void> {
    return put(consul, "/v1/acl/token", token);
}

/** Changes what a token may do, and what is said of it. */
export function updateToken(
    consul: ConsulConnection,
    accessorId: string,
    content: TokenContent,
): Promise<void> {
    return put(consul, `/v1/acl/token/${accessorId}`, content);
}

/** Deletes a token, if there is one. */
export async function deleteToken(consul: ConsulConnection, accessorId: string): Promise<void> {
    const request = { ...manage, method: "DELETE" } as const;
    await unlessAbsent(consul.get(`/v1/acl/token/${accessorId}`, request));
}

/**
 * Has an agent use this token of its own, which it has from its configuration as well, and report at once what the
 * catalog is to know of it. While its token was unknown to the cluster it was refused, and would try again after 15 to
 * 30 seconds only; a reload does not hasten that. The next reload has it use the configuration's again.
 */
export async function useAgentToken(consul: ConsulConnection, secretId: string): Promise<void> {
    const body = JSON.stringify({ Token: secretId });
    const request = { method: "PUT", right: "agent", body } as const;
    await send(consul, "/v1/agent/token/agent", request);
}

/** All policies, without their rules. Asking for one by name would have its agent log an error where there is none. */
export function listPolicies(consul: ConsulConnection): Promise<readonly Omit<Policy, "Rules">[]> {
    return consul.get<readonly Omit<Policy, "Rules">[]>("/v1/acl/policies", manage);
}

/** A policy with its rules. */
export function readPolicy(consul: ConsulConnection, id: string): Promise<Policy> {
    return consul.get<Policy>(`/v1/acl/policy/${id}`, manage);
}

/** Makes a policy, or changes the one of this id. @throws ConsulError where another one has its name. */
export function writePolicy(
    consul: ConsulConnection,
    policy: Omit<Policy, "ID"> & Partial<Policy>,
): Promise<void> {
    const path = policy.ID === undefined ? "/v1/acl/policy" : `/v1/acl/policy/${policy.ID}`;
    return put(consul, path, policy);
}

/** The gossip keys of the datacenter's members that are alive now. */
export interface Keyring {
    /** How many members have each key. */
    readonly keys: Readonly<Record<string, number>>;
    /** How many members encrypt with each key. */
    readonly primaryKeys: Readonly<Record<string, number>>;
    /** How many members answered or failed to. */
    readonly nodes: number;
}

/** @throws Error where a member's answer is missing, as of one that has just ended. */
export async function listKeyring(consul: ConsulConnection): Promise<Keyring> {
    const pools = await consul.get<readonly unknown[]>(keyringPath, {
        timeoutMs: keyringTimeoutMs,
    });
    const pool = pools.find((one) => property(one, "WAN") === false);
    return {
        keys: counts(property(pool, "Keys")),
        primaryKeys: counts(property(pool, "PrimaryKeys")),
        nodes: Number(property(pool, "NumNodes") ?? 0),
    };
}

/** What can be done with a gossip key on every member that is alive. Each may be done again. */
export type KeyringChange = "install" | "use" | "remove";

const keyringMethods = { install: "POST", use: "PUT", remove: "DELETE" } as const;
const keyringPath = "/v1/operator/keyring";

/** Milliseconds for all members to answer: the agent itself waits some seconds for those that do not. */
const keyringTimeoutMs = 15_000;

/** @throws ConsulError where a member failed to; the others have done it all the same. */
export async function changeKeyring(
    consul: ConsulConnection,
    change: KeyringChange,
    key: string,
): Promise<void> {
    const method = keyringMethods[change];
    const body = JSON.stringify({ Key: key });
    await send(consul, keyringPath, { method, body, timeoutMs: keyringTimeoutMs });
}

function counts(value: unknown): Record<string, number> {
    return Object.fromEntries(
        Object.entries(value ?? {}).map(([key, count]) => [key, Number(count)]),
    );
}

async function put(consul: ConsulConnection, path: string, content: object): Promise<void> {
    await send(consul, path, { ...manage, method: "PUT", body: JSON.stringify(content) });
}

async function send(consul: ConsulConnection, path: string, request: ConsulRequest): Promise<void> {
    await readBody(await consul.send(path, request));
}

/** What the cluster has; undefined where it says that there is no such token. A refusal of the token that asks has the
 * same status, and another text. */
async function unlessAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
    try {
        return await answer;
    } catch (error) {
        const isAbsent = error instanceof ConsulError && [403, 404].includes(error.status);
        if (isAbsent && error.message.includes("does not exist")) {
            return undefined;
        }
        throw error;
    }
}
