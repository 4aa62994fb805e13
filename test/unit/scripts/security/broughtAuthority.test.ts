import { createPrivateKey, X509Certificate } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { GeneralName, GeneralSubtree, GeneralSubtrees, NameConstraints } from "@peculiar/asn1-x509";
import { expect, test } from "vitest";
import {
    crossSign,
    issueCertificate,
    issueClientCertificate,
    makeAuthority,
} from "../../../../scripts/security/authority.ts";
import {
    authorityProblems,
    broughtChain,
    plainKey,
} from "../../../../scripts/security/broughtAuthority.ts";
import { certificateProblem, isIssuedBy } from "../../../../scripts/security/certificate.ts";
import { joinAuthorities } from "../../../../scripts/security/joinAuthorities.ts";
import { makeCa } from "../../../../scripts/verbs/clusterAccess.ts";
import { operatorsAuthority, x509, type AuthorityTraits } from "../../../support/authorities.ts";

const use = {
    datacenter: "dc1",
    domain: "consul",
    nodes: [{ nodeName: "a", role: "server", addresses: ["10.0.0.11"] }],
} as const;
const agent = { nodeName: "a", role: "server", addresses: ["10.0.0.11"], leaf: 1 } as const;
const root = await operatorsAuthority("root");

function constraints(kind: "permittedSubtrees" | "excludedSubtrees", ...names: GeneralName[]) {
    const trees = new GeneralSubtrees(names.map((base) => new GeneralSubtree({ base })));
    const value = AsnConvert.serialize(new NameConstraints({ [kind]: trees }));
    return new x509.Extension("2.5.29.30", true, value);
}

const dns = (dNSName: string) => new GeneralName({ dNSName });
const ip = (iPAddress: string) => new GeneralName({ iPAddress });

const refused: readonly (readonly [string, AuthorityTraits, string])[] = [
    ["is no CA's", { isCa: false }, "is no CA's (basic constraints, CA:TRUE)"],
    [
        "may not sign",
        { usages: x509.KeyUsageFlags.digitalSignature },
        "may not sign certificates (key usage lacks keyCertSign)",
    ],
    ["permits none below it", { pathLength: 0 }, "permits 0 CAs below it (path length), and 1 is"],
    ["has expired", { days: -0.5 }, "has expired on "],
    ["ends before it can be replaced", { days: 29 }, "bring one that is valid for longer"],
    ["is valid later", { from: 1 }, "is valid from "],
    [
        "is for clients alone",
        { extensions: [new x509.ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.2"])] },
        "is not for servers and clients alike (extended key usage)",
    ],
    [
        "has what Consul does not know",
        {
            extensions: [
                new x509.Extension("1.2.3.4", true, AsnConvert.serialize(new OctetString())),
            ],
        },
        "has the critical extension 1.2.3.4, which Consul does not know",
    ],
    [
        "is for other domains",
        { extensions: [constraints("permittedSubtrees", dns("acme.example"), dns("localhost"))] },
        "do not permit a.node.dc1.consul, server.dc1.consul, a.server.dc1.consul",
    ],
    [
        "is not for our domain",
        { extensions: [constraints("excludedSubtrees", dns("consul"), ip("::/0"))] },
        "do not permit a.node.dc1.consul, server.dc1.consul",
    ],
    [
        "is for other addresses",
        { extensions: [constraints("permittedSubtrees", ip("127.0.0.0/8"))] },
        "has name constraints that do not permit 10.0.0.11",
    ],
    [
        "has constraints of other kinds",
        { extensions: [constraints("excludedSubtrees", new GeneralName({ registeredID: "1.2" }))] },
        "are of a kind that Consul refuses",
    ],
];

test.each(refused)("a CA that %s is refused by name", async (_, traits, message) => {
    const found = await authorityProblems(await operatorsAuthority("one", traits), use);
    expect(found).toEqual([expect.stringContaining(message)]);
    expect(found[0]).toMatch(/^certificate: "C=DE, O=Acme, CN=one" /);
});

test.each(["p521", "shortRsa"] as const)("a key of the kind %s is refused", async (kind) => {
    const found = await authorityProblems(await operatorsAuthority("one", { kind }), use);
    expect(found).toEqual([
        "key: it is of a kind that does not sign here; bring a CA with EC P-256, EC P-384, or RSA of at least 2048 bits",
    ]);
});

test("another key, one with a passphrase and what is none are refused, and not repeated", async () => {
    const other = await operatorsAuthority("other");
    const problems = (key: string) => authorityProblems({ ...root, key }, use);
    expect(await problems(other.key)).toEqual([
        'key: it is not that of "C=DE, O=Acme, CN=root", the first of the certificates',
    ]);
    const passphrase = { cipher: "aes-256-cbc", passphrase: "x" } as const;
    const locked = createPrivateKey(root.key).export({
        type: "pkcs8",
        format: "pem",
        ...passphrase,
    });
    const unreadable = [
        "key: it cannot be read; give it in PEM, without a passphrase: `openssl pkey -in FILE` writes it so",
    ];
    expect(await problems(locked.toString())).toEqual(unreadable);
    expect(await problems("none")).toEqual(unreadable);
});

test("certificates that are none, or in another order, are refused", async () => {
    const lower = await operatorsAuthority("lower", { by: root });
    const problems = (certificate: string) =>
        authorityProblems({ certificate, key: root.key }, use);
    expect(await problems("none")).toEqual([expect.stringContaining("there is none in it")]);
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(await problems(broken)).toEqual([expect.stringContaining("it cannot be read")]);
    expect(await problems(root.certificate + lower.certificate)).toEqual([
        'certificate: "C=DE, O=Acme, CN=root" is not signed by "C=DE, O=Acme, CN=lower", which is behind it; give ' +
            "the CA's own first, then the one that signed it, and so on",
    ]);
});

test("a CA above counts those below it", async () => {
    const short = await operatorsAuthority("short", { pathLength: 1 });
    const lower = await operatorsAuthority("lower", { by: short });
    const chain = { certificate: lower.certificate + short.certificate, key: lower.key };
    expect(await authorityProblems(chain, use)).toEqual([
        'certificate: "C=DE, O=Acme, CN=short" permits 1 CAs below it (path length), and 2 are needed: stacks that ' +
            "join are given one",
    ]);
});

test.each(["p256", "p384", "rsa"] as const)(
    "a CA of the kind %s below a root signs for agents, for stacks that join, and for CAs after it",
    async (kind) => {
        const top = await operatorsAuthority("top", { kind });
        const lower = await operatorsAuthority("lower", { kind, by: top, days: 100 });
        const given = { certificate: lower.certificate + top.certificate, key: lower.key };
        expect(await authorityProblems(given, use)).toEqual([]);
        const { certificate, shown } = broughtChain(given.certificate);
        expect([certificate, shown]).toEqual([lower.certificate, lower.certificate]);

        const ca = await makeCa({ brought: { certificate, key: plainKey(given.key) } });
        const wanted = { ...agent, ca, datacenter: "dc1", domain: "consul" };
        const leaf = await issueCertificate(wanted);
        expect(certificateProblem(leaf.certificate + leaf.key, wanted)).toBeUndefined();
        // It ends with its CA, not in a year.
        const end = new X509Certificate(certificate).validTo;
        expect(new X509Certificate(leaf.certificate).validTo).toBe(end);
        const caller = await issueClientCertificate(ca, { name: "x", unit: "y" });
        expect(new X509Certificate(caller.certificate).validTo).toBe(end);

        const request = { ca, datacenter: "dc1", domain: "consul", generation: "1/1" };
        const joining = await joinAuthorities(request, undefined);
        const issuer = new X509Certificate(certificate);
        expect(isIssuedBy(new X509Certificate(joining.clientCertificate), issuer)).toBe(true);

        const made = await makeAuthority();
        const cross = new X509Certificate(await crossSign(certificate, made));
        expect(isIssuedBy(cross, new X509Certificate(made.certificate))).toBe(true);
        // Who follows the cross certificate finds it to be the issuer.
        expect(isIssuedBy(new X509Certificate(leaf.certificate), cross)).toBe(true);
        const next = new X509Certificate(await crossSign(made.certificate, ca));
        expect(isIssuedBy(next, issuer)).toBe(true);
    },
);

test("of a root nothing is shown, and a key is read in each of its forms", async () => {
    expect(broughtChain(root.certificate)).toEqual({ certificate: root.certificate, shown: "" });
    const sec1 = createPrivateKey(root.key).export({ type: "sec1", format: "pem" }).toString();
    expect(await authorityProblems({ ...root, key: sec1 }, use)).toEqual([]);
    expect(plainKey(sec1)).toBe(root.key);
});
