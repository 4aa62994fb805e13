import { randomBytes, type webcrypto } from "node:crypto";
import type { Extension, JsonName } from "@peculiar/x509";
import type { KeyPair } from "../protocol/security.ts";
import { certificateContent, type AgentCertificate } from "./certificate.ts";

const hour = 60 * 60 * 1000;
const year = 365 * 24 * hour;

/** Machines' clocks may be behind this computer's: a certificate is valid from an hour ago. */
const clockSlack = hour;

const authorityYears = 5;

const curve = { name: "ECDSA", namedCurve: "P-256" } as const;
const signature = { name: "ECDSA", hash: "SHA-256" } as const;

/** Makes a CA for the certificates of one cluster's agents: EC P-256, valid for five years. */
export async function makeAuthority(): Promise<KeyPair> {
    const x509 = await library();
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        // CAs of one cluster follow each other, and both may be trusted: their names tell them apart.
        name: `CN=Consul CA ${randomBytes(4).toString("hex")}`,
        serialNumber: newSerial(),
        ...validFor(authorityYears * year),
        keys,
        signingAlgorithm: signature,
        extensions: [
            // Below it there may be authorities for stacks that join, and none below those.
            new x509.BasicConstraintsExtension(true, 1, true),
            new x509.KeyUsagesExtension(
                x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
                true,
            ),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return written(certificate.toString("pem"), keys.privateKey);
}

/** What an authority below a CA is. */
export interface LowerAuthority {
    /** Its name. */
    readonly name: string;
    /** Its name's organizational unit. */
    readonly unit: string;
    /** The DNS domains in which it may give names; addresses are not limited. */
    readonly domains: readonly string[];
}

/** Makes an authority below a CA, as long valid as that one, whose certificates are accepted for names of these domains
 * alone. */
export async function makeLowerAuthority(ca: KeyPair, authority: LowerAuthority): Promise<KeyPair> {
    const x509 = await library();
    const keys = await newKeys();
    const subject = [{ CN: [authority.name] }, { OU: [authority.unit] }];
    const limits = new x509.Extension(nameConstraints, true, permittedDomains(authority.domains));
    const certificate = await signedAuthority(ca, subject, keys.publicKey, 0, [limits]);
    return written(certificate, keys.privateKey);
}

/** Signs the certificate of a cluster's new CA by the CA before it: who knows that one alone accepts certificates of the
 * new one by it. */
export async function crossSign(certificate: string, before: KeyPair): Promise<string> {
    const x509 = await library();
    const own = new x509.X509Certificate(certificate);
    const { rawData } = own.publicKey;
    const publicKey = await crypto.subtle.importKey("spki", rawData, curve, true, ["verify"]);
    return `${(await signedAuthority(before, own.subjectName.toJSON(), publicKey, 0)).trim()}\n`;
}

/** @param depth how many authorities there may be below it. */
async function signedAuthority(
    ca: KeyPair,
    subject: JsonName,
    publicKey: webcrypto.CryptoKey,
    depth: number,
    extensions: readonly Extension[] = [],
): Promise<string> {
    const x509 = await library();
    const above = new x509.X509Certificate(ca.certificate);
    const certificate = await x509.X509CertificateGenerator.create({
        subject,
        issuer: above.subjectName,
        serialNumber: newSerial(),
        notBefore: validFor(0).notBefore,
        notAfter: above.notAfter,
        publicKey,
        signingKey: await readKey(ca.key),
        signingAlgorithm: signature,
        extensions: [
            new x509.BasicConstraintsExtension(true, depth, true),
            new x509.KeyUsagesExtension(
                x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
                true,
            ),
            ...extensions,
            await x509.SubjectKeyIdentifierExtension.create(publicKey),
            await x509.AuthorityKeyIdentifierExtension.create(above.publicKey),
        ],
    });
    return certificate.toString("pem");
}

/** Name constraints of RFC 5280, 4.2.1.10: which the library has no class for. */
const nameConstraints = "2.5.29.30";

function permittedDomains(domains: readonly string[]): Buffer {
    const subtrees = domains.map((domain) => der(0x30, der(0x82, Buffer.from(domain, "ascii"))));
    return der(0x30, der(0xa0, ...subtrees));
}

/** One value in DER, of at most 255 bytes. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
    const content = Buffer.concat(parts);
    const { length } = content;
    return Buffer.concat([
        Buffer.from(length < 0x80 ? [tag, length] : [tag, 0x81, length]),
        content,
    ]);
}

/** Makes an agent's certificate: EC P-256, valid for a year, for both sides of a connection. */
export async function issueCertificate(wanted: AgentCertificate): Promise<KeyPair> {
    const { ExtendedKeyUsage: use, SubjectAlternativeNameExtension } = await library();
    const content = certificateContent(wanted);
    const names = new SubjectAlternativeNameExtension([
        ...content.dnsNames.map((value) => ({ type: "dns", value }) as const),
        ...content.addresses.map((value) => ({ type: "ip", value }) as const),
    ]);
    return signed(wanted.ca, {
        subject: [{ CN: [content.nodeName] }, { OU: [content.unit] }],
        ...validFor(year),
        uses: [use.serverAuth, use.clientAuth],
        extensions: [names],
    });
}

/** Whose a client certificate is, and how long. */
export interface ClientCertificate {
    /** Its name. */
    readonly name: string;
    /** Its name's organizational unit. */
    readonly unit: string;
    /** Whether it is valid as long as what signs it. @default for a year */
    readonly isLasting?: boolean;
}

/** Makes a certificate for whoever asks agents that demand one: EC P-256, for no host. */
export async function issueClientCertificate(
    ca: KeyPair,
    { name, unit, isLasting = false }: ClientCertificate,
): Promise<KeyPair> {
    const { ExtendedKeyUsage: use, X509Certificate } = await library();
    const { notAfter } = new X509Certificate(ca.certificate);
    return signed(ca, {
        subject: [{ CN: [name] }, { OU: [unit] }],
        ...validFor(year),
        ...(isLasting ? { notAfter } : {}),
        uses: [use.clientAuth],
        extensions: [],
    });
}

/** What a certificate says that signs no other. */
interface Leaf {
    readonly subject: JsonName;
    readonly notBefore: Date;
    readonly notAfter: Date;
    /** What it is for, as object identifiers. */
    readonly uses: string[];
    readonly extensions: readonly Extension[];
}

async function signed(ca: KeyPair, { uses, extensions, ...content }: Leaf): Promise<KeyPair> {
    const x509 = await library();
    const authority = new x509.X509Certificate(ca.certificate);
    const [keys, signingKey] = await Promise.all([newKeys(), readKey(ca.key)]);
    const { KeyUsageFlags: use } = x509;
    const certificate = await x509.X509CertificateGenerator.create({
        ...content,
        issuer: authority.subjectName,
        serialNumber: newSerial(),
        publicKey: keys.publicKey,
        signingKey,
        signingAlgorithm: signature,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(use.digitalSignature | use.keyAgreement, true),
            new x509.ExtendedKeyUsageExtension(uses),
            ...extensions,
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
            await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
        ],
    });
    return written(certificate.toString("pem"), keys.privateKey);
}

/** Loaded only where a certificate is made: it takes longer than most scripts run. The library needs the other one,
 * and does not load it itself. */
async function library() {
    await import("reflect-metadata");
    return import("@peculiar/x509");
}

/** Positive, and of no more than the 20 bytes that RFC 5280 allows. */
function newSerial(): string {
    const bytes = randomBytes(16);
    bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
    return bytes.toString("hex");
}

function validFor(milliseconds: number) {
    const now = Date.now();
    return {
        notBefore: new Date(now - clockSlack),
        notAfter: new Date(now + milliseconds),
    };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
    return crypto.subtle.generateKey(curve, true, ["sign", "verify"]);
}

function readKey(pem: string): Promise<webcrypto.CryptoKey> {
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    return crypto.subtle.importKey("pkcs8", der, curve, false, ["sign"]);
}

/** As files have it: each PEM ends its last line. */
async function written(certificate: string, privateKey: webcrypto.CryptoKey): Promise<KeyPair> {
    const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey));
    const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
    const key = ["-----BEGIN PRIVATE KEY-----", ...lines, "-----END PRIVATE KEY-----"].join("\n");
    return { certificate: `${certificate.trim()}\n`, key: `${key}\n` };
}
