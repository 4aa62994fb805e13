import { existsSync } from "node:fs";
import { mkdir, readFile, rm, rmdir } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { AccessRequest, KeyPair } from "../protocol/security.ts";
import { replaceFile } from "../system/files.ts";
import { hasTypes, parseJson, property } from "../system/json.ts";

/** The rights to ask a secured cluster, as they are kept on this computer. All of it is secret. */
export interface AccessFile extends Pick<
    AccessRequest,
    "datacenter" | "domain" | "seed" | "rotation"
> {
    /** The CA that signs certificates now. */
    readonly ca: KeyPair;
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
export type SecretsOrigin = Pick<AccessRequest, "seed" | "rotation">;

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

/**
 * Writes them where they are missing in a store that is there, as after their folder was lost. What is there is left
 * alone.
 */
export async function restoreAccess(request: AccessRequest): Promise<void> {
    const store = dirname(dirname(request.access));
    if (existsSync(store) && !existsSync(request.access)) {
        await writeAccess(request.access, { ...nextAccess(request, undefined), restored: true });
    }
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
    { datacenter, domain, seed, rotation, ca }: AccessRequest,
    before: AccessFile | undefined,
    alsoTrusted = "",
    isOpen = false,
): AccessFile {
    const trusted = [ca.certificate, before?.trusted ?? "", alsoTrusted].flatMap(certificatesOf);
    const origins = before === undefined ? [] : [originOf(before), ...(before.earlier ?? [])];
    const own = secretsKey({ seed, rotation });
    const earlier = distinct(origins, secretsKey).filter((origin) => secretsKey(origin) !== own);
    return {
        datacenter,
        domain,
        seed,
        rotation,
        ca,
        trusted: distinct(trusted, String).join(""),
        ...(earlier.length > 0 ? { earlier } : {}),
        ...(isOpen || before?.securing === true ? { securing: true } : {}),
    };
}

/** The rights once no agent has anything of before, nor is as it was in an open cluster. */
export function settledAccess(access: AccessFile): AccessFile {
    const { datacenter, domain, seed, rotation, ca } = access;
    const trusted = certificatesOf(ca.certificate).join("");
    return { datacenter, domain, seed, rotation, ca, trusted };
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

function originOf({ seed, rotation }: SecretsOrigin): SecretsOrigin {
    return { seed, rotation };
}

/** The same for origins that the same secrets come from. */
function secretsKey({ seed, rotation }: SecretsOrigin): string {
    const { gossip, tokens, management } = rotation;
    return JSON.stringify([seed, gossip, tokens, management]);
}

/** The values without those whose key an earlier one has. */
function distinct<T>(values: readonly T[], key: (value: T) => string): T[] {
    const keys = values.map(key);
    return values.filter((_, index) => keys.indexOf(keys[index] ?? "") === index);
}

function isAccess(value: unknown): value is AccessFile {
    const texts = { datacenter: "string", domain: "string", trusted: "string" };
    const flags = { securing: "undefined|boolean", restored: "undefined|boolean" };
    const pair = { certificate: "string", key: "string" };
    const earlier: unknown = property(value, "earlier") ?? [];
    return (
        hasTypes(value, { ...texts, ...flags }) &&
        hasTypes(property(value, "ca"), pair) &&
        isOrigin(value) &&
        Array.isArray(earlier) &&
        earlier.every(isOrigin)
    );
}

function isOrigin(value: unknown): boolean {
    const counts = { seed: "number", gossip: "number", tokens: "number", management: "number" };
    return hasTypes(value, { seed: "string" }) && hasTypes(property(value, "rotation"), counts);
}
