import { createPrivateKey, createPublicKey, X509Certificate, type KeyObject } from "node:crypto";
import type { X509Certificate as Parsed } from "@peculiar/x509";
import { describeEnd, endOf, expiresSoon } from "../machine/certificates.ts";
import type { KeyPair, SecuredNode } from "../protocol/security.ts";
import { certificatesOf } from "./accessFile.ts";
import { certificateContent, isIssuedBy } from "./certificate.ts";
import { forbiddenNames, type CertifiedNames } from "./nameConstraints.ts";
import { importOf, library } from "./signer.ts";

/** A cluster whose agents' certificates a CA is to sign. */
export interface AuthorityUse {
    readonly datacenter: string;
    /** Consul's DNS domain. */
    readonly domain: string;
    /** Its nodes, with those of their addresses that are known before they are made. */
    readonly nodes: readonly (Pick<SecuredNode, "role"> & {
        readonly nodeName: string;
        readonly addresses: readonly string[];
    })[];
}

/** The certificates that an operator brings with a CA. */
export interface BroughtChain {
    /** The CA's own, PEM: it alone is trusted by agents, and signs for them. */
    readonly certificate: string;
    /** Those that agents show behind their own, so that who trusts the root alone accepts them: all that are no root. */
    readonly shown: string;
}

/** Reads a CA's certificate, and those above it, from one text: its own first. Empty where there is none. */
export function broughtChain(certificates: string): BroughtChain {
    const all = certificatesOf(certificates);
    const shown = all.filter((pem) => !isRoot(pem));
    return { certificate: all[0] ?? "", shown: shown.join("") };
}

/** A digest of a CA's certificate, which tells it from others. */
export function fingerprintOf(certificate: string): string {
    return new X509Certificate(certificate).fingerprint256;
}

/** A private key as Node and our library read it, PKCS #8 in PEM, whichever of its forms it was brought in. */
export function plainKey(pem: string): string {
    return createPrivateKey(pem).export({ type: "pkcs8", format: "pem" }).toString();
}

/** The critical extensions that Consul's TLS (Go's crypto/x509) understands in a CA: for any other it refuses it. */
const understood = new Set(
    ["14", "15", "17", "19", "30", "31", "32", "35", "37"].map((part) => `2.5.29.${part}`),
);

const [anyUse, serverUse, clientUse] = ["2.5.29.37.0", "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];

/**
 * Why a CA cannot sign the certificates of a cluster's agents, a line each: `certificate: ...` or `key: ...`. No line has
 * any of the key in it.
 *
 * @param brought its certificate, with those above it behind it, and its private key.
 */
export async function authorityProblems(
    { certificate, key }: KeyPair,
    use: AuthorityUse,
): Promise<string[]> {
    const pems = certificatesOf(certificate);
    const found = await parseAll(pems);
    const [ca] = found ?? [];
    if (found === undefined || ca === undefined) {
        const what = pems.length === 0 ? "there is none in it" : "it cannot be read";
        return [`certificate: ${what}; give the CA's own, then those above it, in PEM`];
    }
    const ofEach = await Promise.all(
        found.map(async ({ parsed, own }, depth) => {
            const problems = [
                ...(await caProblems(parsed, own, depth)),
                ...(await nameProblems(parsed, use)),
            ];
            return problems.map((what) => `certificate: ${nameOf(own)} ${what}`);
        }),
    );
    return [...ofEach.flat(), ...orderProblems(found), ...keyProblems(ca.own, key)];
}

interface Found {
    readonly own: X509Certificate;
    readonly parsed: Parsed;
}

/** Undefined where one cannot be read. */
async function parseAll(pems: readonly string[]): Promise<Found[] | undefined> {
    const x509 = await library();
    try {
        return pems.map((pem) => ({
            own: new X509Certificate(pem),
            parsed: new x509.X509Certificate(pem),
        }));
    } catch {
        return undefined;
    }
}

/** @param depth how many of the brought certificates are below it. */
async function caProblems(parsed: Parsed, own: X509Certificate, depth: number): Promise<string[]> {
    const x509 = await library();
    const basic = parsed.getExtension(x509.BasicConstraintsExtension);
    if (basic?.ca !== true) {
        return ["is no CA's (basic constraints, CA:TRUE); bring a CA's certificate"];
    }
    const usages = parsed.getExtension(x509.KeyUsagesExtension)?.usages;
    const signs = usages === undefined || (usages & x509.KeyUsageFlags.keyCertSign) !== 0;
    const uses = parsed.getExtension(x509.ExtendedKeyUsageExtension)?.usages.map(String);
    const lacks = [serverUse, clientUse].some((use) => uses?.includes(use) === false);
    const critical = parsed.extensions.filter((one) => one.critical && !understood.has(one.type));
    // Below it are those brought with it, and one that a stack which joins is given.
    const least = depth + 1;
    const { pathLength = least } = basic;
    return [
        ...(signs ? [] : ["may not sign certificates (key usage lacks keyCertSign)"]),
        ...(uses !== undefined && !uses.includes(anyUse) && lacks
            ? ["is not for servers and clients alike (extended key usage)"]
            : []),
        ...(pathLength < least
            ? [
                  `permits ${pathLength} CAs below it (path length), and ${least} ${least === 1 ? "is" : "are"} needed: ` +
                      "stacks that join are given one",
              ]
            : []),
        ...critical.map(
            ({ type }) => `has the critical extension ${type}, which Consul does not know`,
        ),
        ...dateProblems(own, depth),
    ];
}

function dateProblems(own: X509Certificate, depth: number): string[] {
    const end = endOf(own);
    if (new Date(own.validFrom).getTime() > Date.now()) {
        return [`is valid from ${own.validFrom} only`];
    }
    // An agent's certificate ends with its CA, and is renewed in its last 30 days.
    const isOver = depth === 0 ? expiresSoon(end) : end.getTime() < Date.now();
    return isOver ? [`${describeEnd(end)}; bring one that is valid for longer`] : [];
}

async function nameProblems(
    parsed: Parsed,
    { nodes, datacenter, domain }: AuthorityUse,
): Promise<string[]> {
    const contents = nodes.map((node) =>
        certificateContent({ ...node, datacenter, domain, leaf: 1 }),
    );
    const names: CertifiedNames = {
        dnsNames: [...new Set(contents.flatMap(({ dnsNames }) => dnsNames))],
        addresses: [...new Set(contents.flatMap(({ addresses }) => addresses))],
    };
    const forbidden = await forbiddenNames(parsed, names);
    return forbidden.map((what) => `has name constraints that ${what}`);
}

function orderProblems(found: readonly Found[]): string[] {
    return found.flatMap(({ own }, index) => {
        const above = found[index + 1]?.own;
        return above === undefined || isIssuedBy(own, above)
            ? []
            : [
                  `certificate: ${nameOf(own)} is not signed by ${nameOf(above)}, which is behind it; give the CA's own ` +
                      "first, then the one that signed it, and so on",
              ];
    });
}

function keyProblems(ca: X509Certificate, pem: string): string[] {
    const kinds = "EC P-256, EC P-384, or RSA of at least 2048 bits";
    const key = readKey(pem);
    if (key === undefined) {
        const way = "`openssl pkey -in FILE` writes it so";
        return [`key: it cannot be read; give it in PEM, without a passphrase: ${way}`];
    }
    if (!ca.checkPrivateKey(key)) {
        return [`key: it is not that of ${nameOf(ca)}, the first of the certificates`];
    }
    return importOf(key) === undefined
        ? [`key: it is of a kind that does not sign here; bring a CA with ${kinds}`]
        : [];
}

function readKey(pem: string): KeyObject | undefined {
    try {
        const key = createPrivateKey(pem);
        createPublicKey(key);
        return key;
    } catch {
        return undefined;
    }
}

function isRoot(pem: string): boolean {
    try {
        const certificate = new X509Certificate(pem);
        return isIssuedBy(certificate, certificate);
    } catch {
        return false;
    }
}

/** Its subject in one line, as messages name it. */
function nameOf({ subject }: X509Certificate): string {
    return `"${subject.replaceAll("\n", ", ")}"`;
}
