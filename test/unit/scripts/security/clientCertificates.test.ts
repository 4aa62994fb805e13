import { X509Certificate } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { createServer } from "node:https";
import { refusingAgent, alerts } from "../../../support/refusingAgent.ts";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { lockedOut, LockedOutError } from "../../../../scripts/consul/consulError.ts";
import type { KeyPair } from "../../../../scripts/protocol/security.ts";
import type { AccessFile } from "../../../../scripts/security/accessFile.ts";
import {
    issueCertificate,
    makeAuthority,
    makeLowerAuthority,
} from "../../../../scripts/security/authority.ts";
import {
    certifiedAccess,
    clientCertificate,
} from "../../../../scripts/security/clientCertificates.ts";
import { ClusterClients } from "../../../../scripts/security/clusterClients.ts";
import { origin } from "../../../support/securedAgents.ts";

const [ca, otherCa] = await Promise.all([makeAuthority(), makeAuthority()]);

const rights: AccessFile = {
    ...origin,
    datacenter: "dc1",
    domain: "consul",
    ca,
    trusted: ca.certificate,
};

/** An agent that demands a certificate of its callers and TLS 1.3, as Consul does by our configuration. */
async function demandingAgent(): Promise<string> {
    const own = { nodeName: "a", role: "server", datacenter: "dc1", domain: "consul" } as const;
    const { certificate, key } = await issueCertificate({ ca, ...own, addresses: [], leaf: 1 });
    const server = createServer(
        {
            cert: certificate,
            key,
            ca: ca.certificate,
            requestCert: true,
            rejectUnauthorized: true,
            minVersion: "TLSv1.3",
        },
        (_, response) => response.end('"10.0.0.1:8300"'),
    );
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    const address = server.address();
    return `https://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
}

const named = { ca: ca.certificate, serverName: "a.node.dc1.consul" };
const askWith = (url: string, client?: KeyPair) =>
    new ConsulClient(url, { ...named, client }).leader();

test("an agent that demands a certificate lets in the scripts, and a caller with one of its CA's", async () => {
    const url = await demandingAgent();
    const scripts = ClusterClients.with(await certifiedAccess(rights), {}).at("a", url);
    expect(await scripts.leader()).toBe("10.0.0.1:8300");
    const caller = await clientCertificate({ ca, renewal: "2027-H1" }, undefined);
    expect(await askWith(url, caller)).toBe("10.0.0.1:8300");
});

test("a caller without a certificate, or with another CA's, is not let in", async () => {
    const url = await demandingAgent();
    const other = await clientCertificate({ ca: otherCa, renewal: "2027-H1" }, undefined);
    await expect(askWith(url)).rejects.toThrow();
    await expect(askWith(url, other)).rejects.toThrow();
});

test.each([
    ["no certificate", alerts.certificateRequired],
    ["another CA's", alerts.unknownCa],
    ["one that has expired", alerts.certificateExpired],
])("an agent that refuses a caller for %s is taken for none that is down", async (_, alert) => {
    const url = await refusingAgent(alert);
    const failure: unknown = await askWith(url).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LockedOutError);
    expect(String(failure)).toContain(
        `${url} (a.node.dc1.consul) lets in only who shows a certificate of its cluster's CA: `,
    );
    expect(lockedOut(failure)?.isOtherNode).toBe(false);
});

test("a stack that joins is let in by the authority that it was given", async () => {
    const url = await demandingAgent();
    const given = { name: "clients", unit: "1", domains: ["node.dc1.consul"] };
    const authority = await makeLowerAuthority(ca, given);
    const chain = authority.certificate;
    const caller = await clientCertificate({ ca: authority, chain, renewal: "x" }, undefined);
    expect(await askWith(url, caller)).toBe("10.0.0.1:8300");
    const joined = {
        servers: {},
        caCertificate: ca.certificate,
        gossipKey: "",
        tokens: { agent: "a", operate: "o", services: "s", metrics: "m" },
    };
    const { client } = await certifiedAccess({ ...rights, ca: authority, joined });
    expect(await askWith(url, client)).toBe("10.0.0.1:8300");
});

test("it passes for no agent, and is valid for a year; the scripts' as long as the CA", async () => {
    const caller = await clientCertificate({ ca, renewal: "2027-H1" }, undefined);
    const certificate = new X509Certificate(caller.certificate);
    expect(certificate.subject).toBe("CN=Consul client\nOU=2027-H1");
    expect(certificate.subjectAltName).toBeUndefined();
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    const days = (new Date(certificate.validTo).getTime() - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(365);
    const { client } = await certifiedAccess(rights);
    const scripts = new X509Certificate(client?.certificate ?? "");
    expect(scripts.validTo).toBe(new X509Certificate(ca.certificate).validTo);
});

test("it stays what it is until it is to be renewed, or the CA is another one", async () => {
    const request = { ca, renewal: "2027-H1" };
    const made = await clientCertificate(request, undefined);
    const again = (over: Partial<typeof request>, before = JSON.stringify(made)) =>
        clientCertificate({ ...request, ...over }, before);
    expect(await again({})).toEqual(made);
    expect(await again({ renewal: "2027-H2" })).not.toEqual(made);
    expect(await again({ ca: otherCa })).not.toEqual(made);
    expect(await again({}, "{}")).not.toEqual(made);
    const certified = await certifiedAccess(rights);
    expect(await certifiedAccess(certified)).toBe(certified);
    expect((await certifiedAccess({ ...certified, ca: otherCa })).client).not.toEqual(
        certified.client,
    );
});
