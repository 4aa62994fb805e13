import { X509Certificate } from "node:crypto";
import { expect, test, vi } from "vitest";
import { issueCertificate, makeAuthority } from "../../../../scripts/security/authority.ts";
import {
    certificateProblem,
    isIssuedBy,
    type AgentCertificate,
} from "../../../../scripts/security/certificate.ts";

const [ca, otherCa] = await Promise.all([makeAuthority(), makeAuthority()]);
const server: AgentCertificate = {
    ca,
    nodeName: "a",
    role: "server",
    datacenter: "dc7",
    domain: "example",
    addresses: ["10.0.0.11", "fd00::11"],
    leaf: 3,
};
const pair = await issueCertificate(server);
const file = pair.certificate + pair.key;

const day = 24 * 60 * 60 * 1000;

test("a server's certificate has the names by which Consul knows a server, a client's has not", async () => {
    const read = new X509Certificate(file);
    expect(read.subject).toBe("CN=a\nOU=leaf 3");
    expect(read.subjectAltName?.split(", ")).toEqual([
        "DNS:a.node.dc7.example",
        "DNS:localhost",
        "DNS:server.dc7.example",
        "DNS:a.server.dc7.example",
        "IP Address:127.0.0.1",
        "IP Address:10.0.0.11",
        "IP Address:FD00:0:0:0:0:0:0:11",
    ]);
    // Server and client of a TLS connection.
    expect(read.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
    const client = await issueCertificate({ ...server, role: "client", addresses: [] });
    expect(new X509Certificate(client.certificate).subjectAltName).toBe(
        "DNS:a.node.dc7.example, DNS:localhost, IP Address:127.0.0.1",
    );
});

test("a host name at which an agent is asked is among its names, not among its addresses", async () => {
    const named = { ...server, addresses: ["10.0.0.11", "db.example.com"] };
    const { certificate, key } = await issueCertificate(named);
    const read = new X509Certificate(certificate);
    expect([read.checkHost("db.example.com"), read.checkIP("10.0.0.11")]).toEqual([
        "db.example.com",
        "10.0.0.11",
    ]);
    expect(certificateProblem(certificate + key, named)).toBeUndefined();
    expect(certificateProblem(certificate + key, server)).toBe(
        "it lacks IP:fd00::11 and has DNS:db.example.com as well",
    );
});

test("certificates are valid from an hour ago: a CA for five years, an agent's for one", () => {
    const days = ({ validFrom, validTo }: X509Certificate) =>
        [validFrom, validTo].map((date) => (new Date(date).getTime() - Date.now()) / day);
    const [caFrom = 0, caTo = 0] = days(new X509Certificate(ca.certificate));
    const [from = 0, to = 0] = days(new X509Certificate(file));
    expect([caFrom, from].map((value) => Math.round(value * 24))).toEqual([-1, -1]);
    expect([caTo, to].map(Math.round)).toEqual([5 * 365, 365]);
});

test("two CAs of one cluster have different names, and know their own certificates", () => {
    const [a, b] = [ca, otherCa].map(({ certificate }) => new X509Certificate(certificate));
    expect(a?.subject).not.toBe(b?.subject);
    expect(a?.ca).toBe(true);
    const read = new X509Certificate(file);
    expect([a, b].map((one) => one && isIssuedBy(read, one))).toEqual([true, false]);
});

test("each PEM ends its last line, so that joining them makes one file of both", () => {
    expect(pair.certificate).toMatch(/-----END CERTIFICATE-----\n$/);
    expect(pair.key).toMatch(/^-----BEGIN PRIVATE KEY-----\n[^]*-----END PRIVATE KEY-----\n$/);
});

test("a certificate that is right", () => {
    expect(certificateProblem(file, server)).toBeUndefined();
    const otherForm = { ...server, addresses: ["fd00:0::11", "10.0.0.11", "127.0.0.1"] };
    expect(certificateProblem(file, otherForm)).toBeUndefined();
});

test.each<[string, Partial<AgentCertificate>, string]>([
    ["another CA", { ca: otherCa }, "it is of another CA"],
    ["another generation", { leaf: 4 }, "it is for CN=a, OU=leaf 3, not for CN=a, OU=leaf 4"],
    ["another node", { nodeName: "b" }, "it is for CN=a, OU=leaf 3, not for CN=b, OU=leaf 3"],
    [
        "another role",
        { role: "client" },
        "it has DNS:server.dc7.example, DNS:a.server.dc7.example as well",
    ],
    [
        "another address",
        { addresses: ["10.0.0.12", "fd00::11"] },
        "it lacks IP:10.0.0.12 and has IP:10.0.0.11 as well",
    ],
])("a certificate of %s is wrong, and it is said why", (_, over, problem) => {
    expect(certificateProblem(file, { ...server, ...over })).toBe(problem);
});

test("a certificate without its key, with another one's, and half a file are wrong", () => {
    expect(certificateProblem(pair.certificate, server)).toMatch(/^it cannot be read: /);
    expect(certificateProblem(pair.certificate + otherCa.key, server)).toBe(
        "its private key is another one's",
    );
    expect(certificateProblem(file.slice(0, 100), server)).toMatch(/^it cannot be read: /);
});

test("a certificate is wrong 30 days before its end, and before its beginning", () => {
    onTestDate(336 * day);
    expect(certificateProblem(file, server)).toMatch(/^it expires on \d{4}-\d\d-\d\d$/);
    onTestDate(366 * day);
    expect(certificateProblem(file, server)).toMatch(/^it has expired on /);
    onTestDate(-1 * day);
    expect(certificateProblem(file, server)).toMatch(/^it is valid from .* only$/);
    vi.useRealTimers();
});

function onTestDate(later: number): void {
    vi.useRealTimers();
    vi.useFakeTimers({ now: Date.now() + later, toFake: ["Date"] });
}
