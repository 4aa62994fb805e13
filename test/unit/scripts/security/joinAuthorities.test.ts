import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import { onTestFinished, expect, test } from "vitest";
import type { JoinAuthoritiesAnswer, KeyPair } from "../../../../scripts/protocol/security.ts";
import {
    crossSign,
    issueCertificate,
    makeAuthority,
} from "../../../../scripts/security/authority.ts";
import { joinAuthorities } from "../../../../scripts/security/joinAuthorities.ts";

const [ca, newCa] = await Promise.all([makeAuthority(), makeAuthority()]);
const request = { ca, datacenter: "dc1", domain: "consul", generation: "1/1" };
const made = await joinAuthorities(request, undefined);

const pairOf = (answer: JoinAuthoritiesAnswer, kind: "client" | "server"): KeyPair => ({
    certificate: answer[`${kind}Certificate`],
    key: answer[`${kind}Key`],
});

function leaf(signer: KeyPair, role: "client" | "server"): Promise<KeyPair> {
    const name = { nodeName: "worker-1", role, datacenter: "dc1", domain: "consul" };
    return issueCertificate({ ...name, ca: signer, addresses: ["10.0.0.1"], leaf: 1 });
}

/** Why an agent that trusts these CAs does not accept a certificate that is shown with others; undefined if it does. */
async function refusal(own: KeyPair, chain: string, trusted: string, name: string) {
    const server = createServer({ cert: own.certificate + chain, key: own.key });
    server.on("tlsClientError", () => undefined).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const socket = connect({ host: "127.0.0.1", port, ca: trusted, servername: name });
    const accepted = once(socket, "secureConnect").then(() => undefined);
    const found = await accepted.catch((error: unknown) => String(error));
    socket.destroy();
    return found;
}

test("a stack that joins signs certificates that are accepted, of client agents and of servers", async () => {
    const client = pairOf(made, "client");
    const server = pairOf(made, "server");
    const name = "worker-1.node.dc1.consul";
    expect(
        await refusal(await leaf(client, "client"), client.certificate, ca.certificate, name),
    ).toBeUndefined();
    expect(
        await refusal(
            await leaf(server, "server"),
            server.certificate,
            ca.certificate,
            "server.dc1.consul",
        ),
    ).toBeUndefined();
});

test("the authority for client agents gives no server's name", async () => {
    const client = pairOf(made, "client");
    const own = await leaf(client, "server");
    expect(await refusal(own, client.certificate, ca.certificate, "server.dc1.consul")).toContain(
        "permitted subtree violation",
    );
});

test("they are kept until the CA, the names or the generation are others", async () => {
    const before = JSON.stringify(made);
    expect(await joinAuthorities(request, before)).toEqual(made);
    for (const over of [{ generation: "1/2" }, { domain: "example" }, { ca: newCa }]) {
        const other = await joinAuthorities({ ...request, ...over }, before);
        expect(other.clientCertificate).not.toBe(made.clientCertificate);
        expect(other.serverKey).not.toBe(made.serverKey);
    }
    expect((await joinAuthorities(request, "no JSON")).clientKey).not.toBe(made.clientKey);
});

test("who knows the CA before alone accepts certificates of the new one", async () => {
    const own = await leaf(newCa, "server");
    const name = "server.dc1.consul";
    const cross = await crossSign(newCa.certificate, ca);
    expect(await refusal(own, "", ca.certificate, name)).toBeDefined();
    expect(await refusal(own, cross, ca.certificate, name)).toBeUndefined();
    expect(await refusal(own, cross, newCa.certificate, name)).toBeUndefined();
});
