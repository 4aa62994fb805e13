import { readFile } from "node:fs/promises";
import type { AccessRequest, KeyPair } from "../protocol/security.ts";
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

function isAccess(value: unknown): value is AccessFile {
    const texts = { datacenter: "string", domain: "string", seed: "string", trusted: "string" };
    const pair = { certificate: "string", key: "string" };
    const counts = { seed: "number", gossip: "number", tokens: "number", management: "number" };
    return (
        hasTypes(value, texts) &&
        hasTypes(property(value, "ca"), pair) &&
        hasTypes(property(value, "rotation"), counts)
    );
}
