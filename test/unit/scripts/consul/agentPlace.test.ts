import { createServer } from "node:net";
import { Readable } from "node:stream";
import { expect, test, vi } from "vitest";
import { ConsulConnection } from "../../../../scripts/consul/consulConnection.ts";
import { sendRequest } from "../../../../scripts/system/http.ts";
import { httpServer } from "../../../support/httpServer.ts";

/** An address at which nothing listens. */
async function nowhere(scheme = "http"): Promise<string> {
    const server = createServer();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    await new Promise((done) => server.close(done));
    return `${scheme}://127.0.0.1:${port}`;
}

/** An agent that notes what it is asked. */
async function agent() {
    const asked: string[] = [];
    const { url } = await httpServer((message, response) => {
        const token = String(message.headers["x-consul-token"] ?? "no token");
        message.setEncoding("utf8").on("data", (text) => asked.push(String(text)));
        asked.push(`${message.method ?? ""} ${message.url ?? ""} ${token}`);
        message.on("end", () => response.end('"10.0.0.1:8300"'));
    });
    return { url, asked };
}

const leader = "/v1/status/leader";

test("an agent that is not where it is declared to be is asked where it is, also to change something", async () => {
    const { url, asked } = await agent();
    const elsewhere = vi.fn(() => Promise.resolve(url));
    const consul = new ConsulConnection(await nowhere(), { elsewhere });
    expect(await consul.get(leader)).toBe("10.0.0.1:8300");
    (await consul.send("/v1/agent/reload", { method: "PUT", body: "now" })).resume();
    expect(asked).toEqual([`GET ${leader} no token`, "PUT /v1/agent/reload no token", "now"]);
});

test("one that is where it is declared to be is not looked for", async () => {
    const { url } = await agent();
    const elsewhere = vi.fn(() => Promise.resolve(url));
    expect(await new ConsulConnection(url, { elsewhere }).get(leader)).toBe("10.0.0.1:8300");
    expect(elsewhere).not.toHaveBeenCalled();
});

test.each(["undefined", "the same", "as silent"] as const)(
    "one that is nowhere else fails as it did: %s",
    async (what) => {
        const own = await nowhere();
        const other = await nowhere();
        const found = { undefined: undefined, "the same": own, "as silent": other }[what];
        const consul = new ConsulConnection(own, { elsewhere: () => Promise.resolve(found) });
        await expect(consul.get(leader)).rejects.toThrow(
            `connect ECONNREFUSED ${new URL(own).host}`,
        );
    },
);

test("where no answer comes, a question is asked there as well, and a change is not made twice", async () => {
    const silent = await httpServer(() => undefined);
    const { url, asked } = await agent();
    const consul = new ConsulConnection(silent.url, { elsewhere: () => Promise.resolve(url) });
    expect(await consul.get(leader, { timeoutMs: 50 })).toBe("10.0.0.1:8300");
    const change = consul.send("/v1/agent/reload", { method: "PUT", timeoutMs: 50 });
    await expect(change).rejects.toThrow("no answer within 0.05 s");
    expect(asked).toEqual([`GET ${leader} no token`]);
});

test("what can be sent only once goes to where the agent was found", async () => {
    const { url, asked } = await agent();
    const consul = new ConsulConnection(await nowhere(), {
        elsewhere: () => Promise.resolve(url),
    });
    const restore = () =>
        consul.send("/v1/snapshot", { method: "PUT", body: Readable.from(["data"]) });
    await expect(restore()).rejects.toThrow("ECONNREFUSED");
    await consul.get(leader);
    (await restore()).resume();
    expect(asked).toEqual([`GET ${leader} no token`, "PUT /v1/snapshot no token", "data"]);
});

test("a token goes without TLS only where a cluster that is being secured has nothing else", async () => {
    const { url, asked } = await agent();
    const own = await nowhere("https");
    const access = {
        ca: "a CA",
        tokens: "secret",
        elsewhere: () => Promise.resolve(url),
    };
    const plain = await nowhere();
    await new ConsulConnection(own, access).get(leader);
    for (const hasTokens of [true, false]) {
        const securing = { ...access, plain: { httpAddress: plain, hasTokens } };
        await new ConsulConnection(own, securing).get(leader);
    }
    expect(asked).toEqual([
        `GET ${leader} no token`,
        `GET ${leader} secret`,
        `GET ${leader} no token`,
    ]);
});

test("an answer that does not come in time has the code of one", async () => {
    const { url } = await httpServer(() => undefined);
    const { hostname: host, port } = new URL(url);
    const sent = sendRequest({ host, port: Number(port) }, { path: "/", totalTimeoutMs: 20 });
    await expect(sent).rejects.toMatchObject({ code: "ETIMEDOUT" });
});
