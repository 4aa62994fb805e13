import { buffer } from "node:stream/consumers";
import { expect, test } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { ConsulError } from "../../../../scripts/consul/consulError.ts";
import { fakeAgent, healthyCluster } from "../../../support/fakeConsul.ts";
import { httpServer } from "../../../support/httpServer.ts";

test.each<[string, readonly string[] | undefined, boolean]>([
    ["servers are in it", ["id of a", "id of b"], true],
    ["no server is in it", [], false],
    ["the agent does not report it", undefined, false],
])("whether a server holds a Raft configuration: %s", async (_, voters, holds) => {
    const { url } = await fakeAgent(() => ({ ...healthyCluster("a", ["a", "b"]), voters }));
    expect(await new ConsulClient(url).hasRaftConfiguration()).toBe(holds);
});

test("whether an agent that does not respond holds a Raft configuration is unknown", async () => {
    await expect(new ConsulClient("http://127.0.0.1:1").hasRaftConfiguration()).rejects.toThrow();
});

test("an agent is asked with a token, below the path of its address, and a refusal has its status", async () => {
    const asked: unknown[] = [];
    const { url } = await httpServer((message, response) => {
        asked.push([message.url, message.headers["x-consul-token"]]);
        response.statusCode = message.headers["x-consul-token"] === "secret" ? 200 : 403;
        response.end(response.statusCode === 200 ? '{"a":1}' : "Permission denied\n");
    });
    const allowed = new ConsulClient(`${url}/proxied/`, { tokens: "secret" });
    expect(await allowed.get("/v1/x")).toEqual({ a: 1 });
    expect(String(await buffer(await allowed.stream("/v1/y", 1000)))).toBe('{"a":1}');
    const refused: unknown = await new ConsulClient(url)
        .get("/v1/z")
        .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ConsulError);
    expect(refused).toMatchObject({ status: 403, message: "/v1/z: 403 Permission denied" });
    expect(asked).toEqual([
        ["/proxied/v1/x", "secret"],
        ["/proxied/v1/y", "secret"],
        ["/v1/z", undefined],
    ]);
});

test("an answer that does not end in time, and one that is taken for fine", async () => {
    const { url } = await httpServer((message, response) => {
        if (message.url === "/v1/fine") {
            response.statusCode = 404;
            response.end("[]");
        } else {
            response.write("a line\n");
        }
    });
    const client = new ConsulClient(url);
    expect(await client.get("/v1/fine", { alsoFine: [404] })).toEqual([]);
    await expect(client.get("/v1/endless", { timeoutMs: 50 })).rejects.toThrow();
    const lines = await client.stream("/v1/agent/monitor", 50);
    await expect(buffer(lines)).rejects.toThrow();
});

test("an https address is not asked without a CA certificate to verify it by", () => {
    expect(() => new ConsulClient("https://10.0.0.11:8501")).toThrow(
        "https://10.0.0.11:8501: no CA certificate is known to verify it by",
    );
});

test("of several tokens the first one counts that the agent accepts", async () => {
    const asked: unknown[] = [];
    const { url } = await httpServer((message, response) => {
        const token = message.headers["x-consul-token"];
        asked.push(token);
        response.statusCode = token === "old" ? 200 : 403;
        response.end("{}");
    });
    const client = new ConsulClient(url, { tokens: { agent: ["new", "old"], operate: ["new"] } });
    expect(await client.get("/v1/x", { right: "agent" })).toEqual({});
    await expect(client.get("/v1/y")).rejects.toMatchObject({ status: 403 });
    expect(asked).toEqual(["new", "old", "new"]);
});

test("an answer that was filtered for want of rights is an error", async () => {
    const { url } = await httpServer((_, response) => {
        response.setHeader("X-Consul-Results-Filtered-By-ACLs", "true");
        response.end("null");
    });
    const asked = new ConsulClient(url, { tokens: "weak" }).registeredId("client-1");
    await expect(asked).rejects.toMatchObject({ status: 403 });
});
