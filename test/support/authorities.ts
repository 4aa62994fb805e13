import "reflect-metadata";
import { createPrivateKey, type webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KeyPair } from "../../scripts/protocol/security.ts";

const algorithms = {
    p256: { name: "ECDSA", namedCurve: "P-256" },
    p384: { name: "ECDSA", namedCurve: "P-384" },
    p521: { name: "ECDSA", namedCurve: "P-521" },
    rsa: rsaOf(2048),
    shortRsa: rsaOf(1024),
} as const;

function rsaOf(modulusLength: number) {
    const publicExponent = new Uint8Array([1, 0, 1]);
    return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength, publicExponent };
}

/** A CA that an operator could have. */
export interface OperatorsAuthority extends KeyPair {
    readonly keys: webcrypto.CryptoKeyPair;
    readonly name: x509.Name;
}

/** What is special about an operator's CA. */
export interface AuthorityTraits {
    readonly kind?: keyof typeof algorithms;
    /** The CA that signed it. @default itself */
    readonly by?: OperatorsAuthority;
    /** In how many days it ends. @default 1000 */
    readonly days?: number;
    /** In how many days it begins. @default at once */
    readonly from?: number;
    /** @default true */
    readonly isCa?: boolean;
    /** How many CAs it permits below it. @default any number */
    readonly pathLength?: number;
    /** @default to sign certificates */
    readonly usages?: x509.KeyUsageFlags;
    readonly extensions?: readonly x509.Extension[];
}

const day = 24 * 60 * 60 * 1000;

/** Makes one as other programs do: its name has several encodings, its key another identifier than a digest. */
export async function operatorsAuthority(
    name: string,
    traits: AuthorityTraits = {},
): Promise<OperatorsAuthority> {
    const { kind = "p256", by, days = 1000, from = -1, isCa = true, pathLength } = traits;
    const { usages = x509.KeyUsageFlags.keyCertSign, extensions = [] } = traits;
    const keys = await crypto.subtle.generateKey(algorithms[kind], true, ["sign", "verify"]);
    const subject = new x509.Name([
        { C: [{ printableString: "DE" }] },
        { O: [{ printableString: "Acme" }] },
        { CN: [{ utf8String: name }] },
    ]);
    const certificate = await x509.X509CertificateGenerator.create({
        subject,
        issuer: by?.name ?? subject,
        serialNumber: "01",
        notBefore: new Date(Date.now() + from * day),
        notAfter: new Date(Date.now() + days * day),
        publicKey: keys.publicKey,
        signingKey: (by?.keys ?? keys).privateKey,
        signingAlgorithm: { name: "ECDSA", hash: "SHA-256" },
        extensions: [
            new x509.BasicConstraintsExtension(isCa, pathLength, true),
            new x509.KeyUsagesExtension(usages, true),
            new x509.SubjectKeyIdentifierExtension(Buffer.from(name).toString("hex")),
            ...extensions,
        ],
    });
    const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey));
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return {
        certificate: `${certificate.toString("pem")}\n`,
        key: key.export({ type: "pkcs8", format: "pem" }).toString(),
        keys,
        name: subject,
    };
}

export { x509 };
