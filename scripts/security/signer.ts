import { createPrivateKey, randomBytes, type KeyObject, type webcrypto } from "node:crypto";
import type { X509Certificate } from "@peculiar/x509";
import type { KeyPair } from "../protocol/security.ts";

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const hash = "SHA-256";

/** Loaded only where a certificate is made or looked into: it takes longer than most scripts run. The library needs the
 * other one, and does not load it itself. */
export async function library() {
    await import("reflect-metadata");
    return import("@peculiar/x509");
}

/** Positive, and of no more than the 20 bytes that RFC 5280 allows. */
export function newSerial(): string {
    const bytes = randomBytes(16);
    bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
    return bytes.toString("hex");
}

/** A key pair of our own certificates: EC P-256. */
export function newKeys(): Promise<webcrypto.CryptoKeyPair> {
    return crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
}

/** What a CA gives to the certificates that it signs, for the library's generator; `above` is its own, and
 * `issuerKey` the extension that names its key. */
export async function signerOf({ certificate, key }: KeyPair) {
    const { X509Certificate, AuthorityKeyIdentifierExtension } = await library();
    const above = new X509Certificate(certificate);
    const signingKey = await readKey(key);
    return {
        above,
        signingKey,
        signingAlgorithm: signatureOf(signingKey),
        issuer: above.subjectName,
        issuerKey: new AuthorityKeyIdentifierExtension(await keyIdentifier(above)),
    };
}

/** How this key signs. */
export function signatureOf({ algorithm }: webcrypto.CryptoKey) {
    return { name: algorithm.name, hash };
}

/** The identifier of a certificate's key: the one that it states, for there are several ways to make one. */
export async function keyIdentifier(certificate: X509Certificate): Promise<string> {
    const { SubjectKeyIdentifierExtension } = await library();
    const stated = certificate.getExtension(SubjectKeyIdentifierExtension);
    return (stated ?? (await SubjectKeyIdentifierExtension.create(certificate.publicKey))).keyId;
}

/** How a private key of this kind is imported; undefined for one that signs no certificate here. */
export function importOf({
    asymmetricKeyType: type,
    asymmetricKeyDetails: details = {},
}: KeyObject) {
    const { namedCurve, modulusLength = 0 } = details;
    if (type === "rsa" && modulusLength >= 2048) {
        return { name: "RSASSA-PKCS1-v1_5", hash };
    }
    const curves: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384" };
    const known = type === "ec" ? curves[namedCurve ?? ""] : undefined;
    return known === undefined ? undefined : { name: "ECDSA", namedCurve: known };
}

function readKey(pem: string): Promise<webcrypto.CryptoKey> {
    const key = createPrivateKey(pem);
    const der = key.export({ type: "pkcs8", format: "der" });
    return crypto.subtle.importKey("pkcs8", der, importOf(key) ?? curve, false, ["sign"]);
}

/** As files have it: each PEM ends its last line. */
export async function written(
    certificate: string,
    privateKey: webcrypto.CryptoKey,
): Promise<KeyPair> {
    const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey));
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    const key = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----"].join("\n");
    return { certificate: `${certificate.trim()}\n`, key: `${key}\n` };
}
