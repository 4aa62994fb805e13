import { createPrivateKey, X509Certificate } from "node:crypto";
import { isIP, isIPv6 } from "node:net";
import { describeEnd, endOf, expiresSoon } from "../machine/certificates.ts";
import type { KeyPair, SecuredNode } from "../protocol/security.ts";
import { describeError } from "../system/progress.ts";
import { certificateName } from "./clusterClients.ts";

/** What an agent's certificate says. */
export interface CertificateContent {
    readonly nodeName: string;
    /** Its subject's organizational unit: which generation of the certificate it is. */
    readonly unit: string;
    readonly dnsNames: readonly string[];
    readonly addresses: readonly string[];
}

/** The certificate that an agent is to have. */
export interface AgentCertificate extends Pick<SecuredNode, "role"> {
    /** The CA that signs certificates now. */
    readonly ca: KeyPair;
    readonly nodeName: string;
    readonly datacenter: string;
    /** Consul's DNS domain. */
    readonly domain: string;
    /** Where it is asked from outside, besides its own loopback: addresses, and host names. */
    readonly addresses: readonly string[];
    /** Which of its certificates it is, counted from 1. */
    readonly leaf: number;
}

/**
 * What an agent's certificate is to say. Servers alone have the names that Consul takes for a server's: so no client
 * agent can pass for one. The other name of a server tells WHICH one, for other datacenters.
 */
export function certificateContent(wanted: Omit<AgentCertificate, "ca">): CertificateContent {
    const { nodeName, role, datacenter, domain, addresses, leaf } = wanted;
    const ofServers = [
        `server.${datacenter}.${domain}`,
        `${nodeName}.server.${datacenter}.${domain}`,
    ];
    return {
        nodeName,
        unit: `leaf ${leaf}`,
        dnsNames: [
            certificateName(nodeName, wanted),
            "localhost",
            ...(role === "server" ? ofServers : []),
            ...addresses.filter((host) => isIP(host) === 0),
        ],
        addresses: [...new Set(["127.0.0.1", ...addresses.filter((host) => isIP(host) > 0)])],
    };
}

/**
 * What is wrong with an agent's certificate; undefined where it is right for another while.
 *
 * @param file its certificate and private key, PEM, one after the other.
 */
export function certificateProblem(file: string, wanted: AgentCertificate): string | undefined {
    try {
        const certificate = new X509Certificate(file);
        const key = createPrivateKey(file);
        const ca = new X509Certificate(wanted.ca.certificate);
        if (!isIssuedBy(certificate, ca)) {
            return "it is of another CA";
        }
        if (!certificate.checkPrivateKey(key)) {
            return "its private key is another one's";
        }
        return contentProblem(certificate, certificateContent(wanted)) ?? dateProblem(certificate);
    } catch (error) {
        return `it cannot be read: ${describeError(error)}`;
    }
}

/** Whether this CA has signed a certificate. */
export function isIssuedBy(certificate: X509Certificate, ca: X509Certificate): boolean {
    return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
}

function contentProblem(
    certificate: X509Certificate,
    content: CertificateContent,
): string | undefined {
    const wanted = [`CN=${content.nodeName}`, `OU=${content.unit}`].join("\n");
    if (certificate.subject !== wanted) {
        return `it is for ${oneLine(certificate.subject)}, not for ${oneLine(wanted)}`;
    }
    const names = [
        ...content.dnsNames.map((name) => `DNS:${name}`),
        ...content.addresses.map((address) => `IP:${canonical(address)}`),
    ];
    const has = namesOf(certificate);
    const lacks = names.filter((name) => !has.includes(name));
    const more = has.filter((name) => !names.includes(name));
    const parts = [
        ...(lacks.length > 0 ? [`lacks ${lacks.join(", ")}`] : []),
        ...(more.length > 0 ? [`has ${more.join(", ")} as well`] : []),
    ];
    return parts.length > 0 ? `it ${parts.join(" and ")}` : undefined;
}

function dateProblem(certificate: X509Certificate): string | undefined {
    if (new Date(certificate.validFrom).getTime() > Date.now()) {
        return `it is valid from ${certificate.validFrom} only`;
    }
    const end = endOf(certificate);
    return expiresSoon(end) ? `it ${describeEnd(end)}` : undefined;
}

/** The names and addresses that a certificate is for. */
function namesOf({ subjectAltName = "" }: X509Certificate): string[] {
    return subjectAltName
        .split(", ")
        .filter((name) => name !== "")
        .map((name) => {
            const [, address] = /^IP Address:(.*)$/.exec(name) ?? [];
            return address === undefined ? name : `IP:${canonical(address)}`;
        });
}

/** An address in its one short form: IPv6 has several. */
function canonical(address: string): string {
    return isIPv6(address) ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}

const oneLine = (subject: string): string => subject.replaceAll("\n", ", ");
