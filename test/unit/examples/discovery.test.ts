import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Consul, type Worker } from "../../../examples/discovery/app/consul.ts";

/** An agent that answers each request in turn; the paths that it was asked. */
async function agent(...answers: ((response: ServerResponse) => void)[]) {
    const asked: string[] = [];
    const tokens: unknown[] = [];
    const server = createServer((message: IncomingMessage, response) => {
        asked.push(`${message.method ?? ""} ${message.url ?? ""}`);
        tokens.push(message.headers["x-consul-token"]);
        const answer = answers[asked.length - 1];
        answer?.(response);
    });
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
        server.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return { asked, tokens, consul: new Consul(url), withToken: new Consul(url, "a-token") };
}

/** Answers as the health endpoint does. */
function healthy(index: number, ...workers: readonly Worker[]) {
    return (response: ServerResponse) => {
        const entries = workers.map(({ id, address, port }) => ({
            Node: { Address: "10.0.0.1" },
            Service: { ID: id, Address: address, Port: port },
        }));
        response.setHeader("x-consul-index", String(index)).end(JSON.stringify(entries));
    };
}

const one: Worker = { id: "worker-1", address: "10.0.0.2", port: 9001 };
const two: Worker = { id: "worker-2", address: "10.0.0.3", port: 9001 };

/** The first lists that are told. */
async function told(consul: Consul, count: number): Promise<(readonly Worker[])[]> {
    const lists: (readonly Worker[])[] = [];
    for await (const list of consul.healthy("worker")) {
        lists.push(list);
        if (lists.length === count) {
            break;
        }
    }
    return lists;
}

const question = "GET /v1/health/service/worker?passing=true&index=";

test("each question says what was answered before, and lists are told as they change", async () => {
    const { asked, consul } = await agent(healthy(7, two, one), healthy(9, one), healthy(12));
    expect(await told(consul, 3)).toEqual([[one, two], [one], []]);
    expect(asked).toEqual([0, 7, 9].map((index) => `${question}${index}&wait=60s`));
});

test("a service without an address of its own is at its node's", async () => {
    const { consul } = await agent(healthy(1, { ...one, address: "" }));
    expect(await told(consul, 1)).toEqual([[{ ...one, address: "10.0.0.1" }]]);
});

test("an index that goes backwards starts the watch again", async () => {
    const { asked, consul } = await agent(healthy(50, one), healthy(3, one), healthy(4, one));
    await told(consul, 3);
    expect(asked).toEqual([0, 50, 0].map((index) => `${question}${index}&wait=60s`));
});

test("an agent that fails is asked again, and changes nothing about the workers meanwhile", async () => {
    const failing = (response: ServerResponse) => {
        response.statusCode = 500;
        response.end("No cluster leader");
    };
    const { asked, consul } = await agent(healthy(7, one), failing, healthy(8, one, two));
    expect(await told(consul, 2)).toEqual([[one], [one, two]]);
    expect(asked).toEqual([0, 7, 7].map((index) => `${question}${index}&wait=60s`));
});

test("a check that the agent does not know is refused with its answer", async () => {
    const { asked, consul } = await agent((response) => {
        response.statusCode = 404;
        response.end('Unknown check ID "service:worker-1"');
    });
    await expect(consul.pass("worker-1")).rejects.toThrow(
        '/v1/agent/check/pass/service:worker-1: 404 Unknown check ID "service:worker-1"',
    );
    expect(asked).toEqual(["PUT /v1/agent/check/pass/service:worker-1"]);
});

test("a token is sent with each request, and none where there is none", async () => {
    const fine = (response: ServerResponse) => response.end();
    const { tokens, consul, withToken } = await agent(fine, healthy(7, one), fine, healthy(7, one));
    await withToken.pass("worker-1");
    await told(withToken, 1);
    await consul.pass("worker-1");
    await told(consul, 1);
    expect(tokens).toEqual(["a-token", "a-token", undefined, undefined]);
});
