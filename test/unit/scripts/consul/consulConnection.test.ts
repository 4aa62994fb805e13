import { createServer } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { ifSilent, lockedOut, LockedOutError } from "../../../../scripts/consul/consulError.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { agentCertificate } from "../../../support/securedAgents.ts";

/** Asks the agent at this address for its leader, as the node "a" of a secured cluster. */
async function ask(url: string): Promise<string> {
    const { ca } = await certificates();
    const client = new ConsulClient(url, { ca, serverName: "a.node.dc1.consul", tokens: "t" });
    return client.leader().catch(ifSilent("nothing"));
}

/** A server that ends each connection once something is sent, as a published port whose container is gone. */
async function closing(): Promise<string> {
    const server = createServer((socket) => {
        socket.on("error", () => undefined).once("data", () => socket.destroy());
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
    });
    const address = server.address();
    return `https://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`;
}

const answering = async (name: string) => {
    const tls = await agentCertificate(name);
    return (await httpServer((_, response) => response.end('"10.0.0.1:8300"'), tls)).url;
};

test("an agent is asked over TLS by the name in its certificate, whatever its address", async () => {
    expect(await ask(await answering("a"))).toBe("10.0.0.1:8300");
});

test("one that listens nowhere, or behind a port that only closes, is silent", async () => {
    expect(await ask("https://127.0.0.1:1")).toBe("nothing");
    expect(await ask("https://nowhere.invalid:8501")).toBe("nothing");
    expect(await ask(await closing())).toBe("nothing");
});

test("one of another name, or of another CA, or without TLS, is none that is silent", async () => {
    const failure = async (url: string) => {
        const error: unknown = await ask(url).catch((caught: unknown) => caught);
        expect(error).toBeInstanceOf(LockedOutError);
        return lockedOut(error)?.isOtherNode;
    };
    expect(await failure(await answering("b"))).toBe(true);
    const tls = await agentCertificate("a", await makeCertificates());
    expect(await failure((await httpServer((_, response) => response.end(), tls)).url)).toBe(false);
    const { url } = await httpServer((_, response) => response.end());
    expect(await failure(url.replace("http:", "https:"))).toBe(false);
});

test.each([
    [403, "refused"],
    [401, "refused"],
    [500, "nothing"],
])("an answer of status %i counts as %s", async (status, counts) => {
    const { url } = await httpServer((_, response) => {
        response.statusCode = status;
        response.end("no");
    });
    const answer = ask(url);
    if (counts === "nothing") {
        expect(await answer).toBe("nothing");
    } else {
        await expect(answer).rejects.toThrow(
            `${url} (a.node.dc1.consul) refuses the tokens that this stack has: /v1/status/leader: ${status} no.`,
        );
    }
});

test("a stream, which can be sent only once, is sent with the first token that the agent knows", async () => {
    const taken: unknown[] = [];
    const { url } = await httpServer((message, response) => {
        void buffer(message).then((body) => {
            const token = message.headers["x-consul-token"];
            response.statusCode = token === "new" ? 403 : 200;
            taken.push([message.url, token, String(body)]);
            response.end("{}");
        });
    });
    const client = new ConsulClient(url, { tokens: { manage: ["new", "old"] } });
    const body = Readable.from(["state"]);
    const request = { method: "PUT", right: "manage", body } as const;
    (await client.send("/v1/snapshot", request)).resume();
    expect(taken).toEqual([
        ["/v1/acl/token/self", "new", ""],
        ["/v1/snapshot", "old", "state"],
    ]);
});
