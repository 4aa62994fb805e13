import { randomBytes } from "node:crypto";
import type { Extension, JsonName, Name, PublicKey } from "@peculiar/x509";
import type { KeyPair } from "../protocol/security.ts";
import { certificateContent, type AgentCertificate } from "./certificate.ts";
import {
    keyIdentifier,
    library,
    newKeys,
    newSerial,
    signatureOf,
    signerOf,
    written,
} from "./signer.ts";

const hour = 60 * 60 * 1000;
const year = 365 * 24 * hour;

/** Machines' clocks may be behind this computer's: a certificate is valid from an hour ago. */
const clockSlack = hour;

const authorityYears = 5;

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
        signingAlgorithm: signatureOf(keys.privateKey),
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
    const publicKey = await x509.PublicKey.create(keys.publicKey);
    const certificate = await signedAuthority(ca, { subject, publicKey, extensions: [limits] });
    return written(certificate, keys.privateKey);
}

/** Signs the certificate of a cluster's new CA by the CA before it: who knows that one alone accepts certificates of the
 * new one by it. */
export async function crossSign(certificate: string, before: KeyPair): Promise<string> {
    const { X509Certificate } = await library();
    const own = new X509Certificate(certificate);
    // As they are in it: by another encoding of the same name, or another identifier of the key, it would not be found.
    const content = { subject: own.subjectName, publicKey: own.publicKey };
    const keyId = await keyIdentifier(own);
    return `${(await signedAuthority(before, { ...content, extensions: [], keyId })).trim()}\n`;
}

/** An authority that a CA signs, below which there are none. */
interface SignedAuthority {
    readonly subject: JsonName | Name;
    readonly publicKey: PublicKey;
    readonly extensions: readonly Extension[];
    /** Identifier of the key. @default a digest of it */
    readonly keyId?: string;
}

async function signedAuthority(
    ca: KeyPair,
    { subject, publicKey, extensions, keyId }: SignedAuthority,
): Promise<string> {
    const x509 = await library();
    const { above, issuerKey, ...signing } = await signerOf(ca);
    const certificate = await x509.X509CertificateGenerator.create({
        subject,
        ...signing,
        serialNumber: newSerial(),
        notBefore: validFor(0).notBefore,
        notAfter: above.notAfter,
        publicKey,
        extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(
                x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
                true,
            ),
            ...extensions,
            keyId === undefined
                ? await x509.SubjectKeyIdentifierExtension.create(publicKey)
                : new x509.SubjectKeyIdentifierExtension(keyId),
            issuerKey,
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

/** Makes an agent's certificate: EC P-256, valid for a year or as long as its CA, for both sides of a connection. */
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
    /** Whether it is valid as long as what signs it. @default for a year, or as long as that if it ends earlier */
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

async function signed(
    ca: KeyPair,
    { uses, extensions, notAfter, ...content }: Leaf,
): Promise<KeyPair> {
    const x509 = await library();
    const [keys, { above, issuerKey, ...signing }] = await Promise.all([newKeys(), signerOf(ca)]);
    const { KeyUsageFlags: use } = x509;
    const certificate = await x509.X509CertificateGenerator.create({
        ...content,
        ...signing,
        // None outlasts its CA: whoever looks at it would take it for valid.
        notAfter: notAfter < above.notAfter ? notAfter : above.notAfter,
        serialNumber: newSerial(),
        publicKey: keys.publicKey,
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(use.digitalSignature | use.keyAgreement, true),
            new x509.ExtendedKeyUsageExtension(uses),
            ...extensions,
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
            issuerKey,
        ],
    });
    return written(certificate.toString("pem"), keys.privateKey);
}

function validFor(milliseconds: number) {
    const now = Date.now();
    return {
        notBefore: new Date(now - clockSlack),
        notAfter: new Date(now + milliseconds),
    };
}
