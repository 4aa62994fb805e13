import { BlockList, isIPv6 } from "node:net";
import type { GeneralName } from "@peculiar/asn1-x509";
import type { X509Certificate } from "@peculiar/x509";

const extensionId = "2.5.29.30";

/** Names and addresses that certificates are for. */
export interface CertifiedNames {
    readonly dnsNames: readonly string[];
    readonly addresses: readonly string[];
}

/**
 * What of these the name constraints of a CA (RFC 5280, 4.2.1.10) forbid, in words: "does not permit the name ...".
 * Kinds of names that Consul's TLS takes no constraints of are named as well: it refuses every certificate below them.
 */
export async function forbiddenNames(
    certificate: X509Certificate,
    { dnsNames, addresses }: CertifiedNames,
): Promise<string[]> {
    const extension = certificate.getExtension(extensionId);
    if (extension === null) {
        return [];
    }
    const [{ AsnConvert }, { NameConstraints }] = await Promise.all([
        import("@peculiar/asn1-schema"),
        import("@peculiar/asn1-x509"),
    ]);
    const constraints = AsnConvert.parse(extension.value, NameConstraints);
    const basesOf = (trees: readonly { readonly base: GeneralName }[] = []) =>
        trees.map(({ base }) => base);
    const permitted = basesOf(constraints.permittedSubtrees);
    const excluded = basesOf(constraints.excludedSubtrees);
    const names = dnsNames.filter((name) =>
        isForbidden(
            permitted,
            excluded,
            ({ dNSName }) => dNSName,
            (domain) => isBelow(name, domain),
        ),
    );
    const hosts = addresses.filter((host) =>
        isForbidden(
            permitted,
            excluded,
            ({ iPAddress }) => iPAddress,
            (net) => isIn(host, net),
        ),
    );
    const unknown = [...permitted, ...excluded].filter((base) => !isKnown(base));
    return [
        ...(names.length > 0 ? [`do not permit ${names.join(", ")}`] : []),
        ...(hosts.length > 0 ? [`do not permit ${hosts.join(", ")}`] : []),
        ...(unknown.length > 0
            ? ["are of a kind that Consul refuses: only DNS, IP, email, URI"]
            : []),
    ];
}

/** Whether a name is in none of the permitted trees of its kind, if there are any, or in an excluded one. */
function isForbidden(
    permitted: readonly GeneralName[],
    excluded: readonly GeneralName[],
    kind: (base: GeneralName) => string | undefined,
    isInside: (tree: string) => boolean,
): boolean {
    const [allowed, refused] = [permitted, excluded].map((bases) =>
        bases.map(kind).filter((tree) => tree !== undefined),
    );
    const isMissing = allowed !== undefined && allowed.length > 0 && !allowed.some(isInside);
    return isMissing || refused?.some(isInside) === true;
}

/** Whether a name is a domain, or one below it. A dot in front makes no difference here. */
function isBelow(name: string, domain: string): boolean {
    const parent = domain.replace(/^\./, "").toLowerCase();
    const own = name.toLowerCase();
    return parent === "" || own === parent || own.endsWith(`.${parent}`);
}

/** Whether an address is in a network `ADDRESS/BITS`, or `ADDRESS/MASK`. */
function isIn(address: string, network: string): boolean {
    const [base = "", length = ""] = network.split("/");
    const kind = (host: string) => (isIPv6(host) ? "ipv6" : "ipv4");
    if (kind(address) !== kind(base)) {
        return false;
    }
    const list = new BlockList();
    list.addSubnet(base, bitsOf(length), kind(base));
    return list.check(address, kind(address));
}

function bitsOf(length: string): number {
    return length.includes(".")
        ? length.split(".").reduce((sum, part) => sum + ones(Number(part)), 0)
        : Number(length);
}

function ones(byte: number): number {
    return byte.toString(2).replaceAll("0", "").length;
}

function isKnown(base: GeneralName): boolean {
    return [base.dNSName, base.iPAddress, base.rfc822Name, base.uniformResourceIdentifier].some(
        (value) => value !== undefined,
    );
}
