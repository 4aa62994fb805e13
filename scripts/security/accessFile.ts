import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { AccessRequest, JoinedCluster, KeyPair } from "../protocol/security.ts";
import { replaceFile } from "../system/files.ts";
import { hasTypes, parseJson, property } from "../system/json.ts";
import { ClusterSecrets } from "./secrets.ts";

/** The rights to ask a secured cluster, as they are kept on this computer. All of it is secret. */
export interface AccessFile extends Pick<
    AccessRequest,
    "datacenter" | "domain" | "seed" | "rotation" | "gossipKey"
> {
    /** What signs certificates now: the CA, or the authority below it that a stack which joins was given. */
    readonly ca: KeyPair;
    /** The same CA's certificate, signed by the CA before it, PEM: by it agents that are another stack's, and that do
     * not know the new one yet, accept certificates of it. @default the CA was not changed, or all know it */
    readonly crossCertificate?: string | undefined;
    /** As in {@link AccessRequest}. */
    readonly chain?: string | undefined;
    /** As in {@link AccessRequest}. */
    readonly joinAuthorities?: string | undefined;
    /** As in {@link AccessRequest}. */
    readonly joined?: JoinedCluster | undefined;
    /** A certificate of these scripts, with those between it and the CA, and its key, for agents that demand one: all
     * agents accept it, also while some do not know today's CA yet. @default none has been made yet */
    readonly client?: KeyPair | undefined;
    /** Certificates of all CAs that agents may have been signed by, PEM, one after another: today's first. */
    readonly trusted: string;
    /** Seeds and numbers from which agents may still have tokens, the latest first. @default none */
    readonly earlier?: readonly SecretsOrigin[];
    /** Whether the cluster was open, and some of its agents may still be asked without TLS alone. @default they are not */
    readonly securing?: boolean;
    /** Whether it was written anew without a look at the agents, of which some may run as in an open cluster.
     * @default it was not */
    readonly restored?: boolean;
}

/** What a cluster's secrets are derived from. */
export type SecretsOrigin = Pick<AccessRequest, "seed" | "rotation" | "gossipKey">;

/** The gossip key that belongs to an origin: the one that was brought, or the derived one. */
export function gossipKeyOf({ seed, rotation, gossipKey }: SecretsOrigin): string {
    return gossipKey ?? new ClusterSecrets(seed, rotation).gossipKey;
}

/**
 * Reads the rights to ask a secured cluster.
 *
 * @throws Error where the file is missing or is none of ours.
 */
export async function readAccess(file: string): Promise<AccessFile> {
    const text = await readFile(file, "utf8").catch(() => undefined);
    if (text === undefined) {
        throw new Error(
            `${file}: the rights to ask this cluster are not on this computer. \`pulumi up\` writes them there ` +
                "from the stack's state.",
        );
    }
    const access = parseJson(text);
    if (!isAccess(access)) {
        throw new Error(`${file}: not as this project writes it; \`pulumi up\` writes it again.`);
    }
    return access;
}

/** Writes the rights to ask a secured cluster, for the user of this process alone. */
export async function writeAccess(file: string, access: AccessFile): Promise<void> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await replaceFile(file, `${JSON.stringify(access)}\n`, 0o600);
}

/** Removes them, and their folder with the last ones in it. */
export async function removeAccess(file: string): Promise<void> {
    await rm(file, { force: true });
    await rmdir(dirname(file)).catch(() => undefined);
}

/**
 * The rights that follow others: agents that were not reached yet may have what was given out before, so it is known
 * on, until {@link settledAccess}.
 *
 * @param before those that were written last. @default there are none
 * @param alsoTrusted certificates of further CAs that agents are known to trust, PEM. @default none
 * @param isOpen whether agents were found that run as in an open cluster. @default there are none
 */
export function nextAccess(
    request: AccessRequest,
    before: AccessFile | undefined,
    alsoTrusted = "",
    isOpen = false,
): AccessFile {
    const { seed, rotation, gossipKey } = request;
    const trusted = [rootOf(request), before?.trusted ?? "", alsoTrusted].flatMap(certificatesOf);
    const origins = before === undefined ? [] : [originOf(before), ...(before.earlier ?? [])];
    const own = secretsKey({ seed, rotation, gossipKey });
    const earlier = distinct(origins, secretsKey).filter((origin) => secretsKey(origin) !== own);
    const isSameCa = before?.ca.certificate === request.ca.certificate;
    return {
        ...lasting({ ...request, client: before?.client }),
        ...(isSameCa && before.crossCertificate !== undefined
            ? { crossCertificate: before.crossCertificate }
            : {}),
        trusted: distinct(trusted, String).join(""),
        ...(earlier.length > 0 ? { earlier } : {}),
        ...(isOpen || before?.securing === true ? { securing: true } : {}),
    };
}

/** The rights once no agent has anything of before, nor is as it was in an open cluster. */
export function settledAccess(access: AccessFile): AccessFile {
    return { ...lasting(access), trusted: certificatesOf(rootOf(access)).join("") };
}

/** Certificate of the CA by which agents know each other now, PEM. */
export function rootOf({ ca, joined }: Pick<AccessFile, "ca" | "joined">): string {
    return joined?.caCertificate ?? ca.certificate;
}

/** The certificates between an agent's own and the CA that others know, PEM; empty where there are none. Others may know
 * the CA before, or a root above a CA that was brought. */
export function chainOf({ ca, crossCertificate = "", chain = "", joined }: AccessFile): string {
    // OpenSSL follows the first one that fits, so who trusts the root alone; agents try both.
    return joined === undefined ? chain + crossCertificate : ca.certificate;
}

/** What of the rights is not of before. */
function lasting(
    access: Omit<AccessFile, "trusted" | "crossCertificate" | "earlier">,
): Omit<AccessFile, "trusted"> {
    const { datacenter, domain, seed, rotation, gossipKey, ca, client, chain } = access;
    const { joinAuthorities, joined } = access;
    return {
        datacenter,
        domain,
        seed,
        rotation,
        ...(gossipKey === undefined ? {} : { gossipKey }),
        ca,
        ...(client === undefined ? {} : { client }),
        ...(chain === undefined ? {} : { chain }),
        ...(joinAuthorities === undefined ? {} : { joinAuthorities }),
        ...(joined === undefined ? {} : { joined }),
    };
}

/** The certificates in a PEM text, each with its last line ended. */
export function certificatesOf(pem: string): string[] {
    const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
    return found.map((certificate) => `${certificate.replaceAll("\r", "")}\n`);
}

/** The cluster whose rights a file has: `project/stack/cluster`. */
export function clusterOf(accessFile: string): string {
    return decodeURIComponent(basename(accessFile, ".json"));
}

function originOf({ seed, rotation, gossipKey }: SecretsOrigin): SecretsOrigin {
    return { seed, rotation, ...(gossipKey === undefined ? {} : { gossipKey }) };
}

/** The same for origins that the same secrets come from. */
function secretsKey({ seed, rotation, gossipKey }: SecretsOrigin): string {
    const { gossip, tokens, management } = rotation;
    return JSON.stringify([seed, gossipKey ?? gossip, tokens, management]);
}

/** The values without those whose key an earlier one has. */
function distinct<T>(values: readonly T[], key: (value: T) => string): T[] {
    const keys = values.map(key);
    return values.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

function isAccess(value: unknown): value is AccessFile {
    const texts = { datacenter: "string", domain: "string", trusted: "string" };
    const flags = { securing: "undefined|boolean", restored: "undefined|boolean" };
    const earlier: unknown = property(value, "earlier") ?? [];
    return (
        hasTypes(value, { ...texts, ...flags }) &&
        isPair(property(value, "ca")) &&
        isPair(property(value, "client") ?? property(value, "ca")) &&
        isJoined(property(value, "joined")) &&
        isOrigin(value) &&
        Array.isArray(earlier) &&
        earlier.every(isOrigin)
    );
}

/** Whether a value is a certificate with its key. */
export function isPair(value: unknown): value is KeyPair {
    return hasTypes(value, { certificate: "string", key: "string" });
}

function isJoined(value: unknown): boolean {
    const texts = { agent: "string", operate: "string", services: "string", metrics: "string" };
    const parts = { servers: "object", caCertificate: "string", gossipKey: "string" };
    return (
        value === undefined ||
        (hasTypes(value, parts) && hasTypes(property(value, "tokens"), texts))
    );
}

function isOrigin(value: unknown): boolean {
    const counts = { seed: "number", gossip: "number", tokens: "number", management: "number" };
    const texts = { seed: "string", gossipKey: "undefined|string" };
    return hasTypes(value, texts) && hasTypes(property(value, "rotation"), counts);
}
