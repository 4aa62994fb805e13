import { expect, test } from "vitest";
import type { ServiceArgs } from "../../../../components/node/serviceArgs.ts";
import { serviceDefinition } from "../../../../components/node/serviceDefinition.ts";
import { definitionMark } from "../../../../scripts/protocol/serviceDefinition.ts";
import {
    forgetServices,
    registerServices,
    removeServices,
} from "../../../../scripts/verbs/agentServices.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { accessFile, agentCertificate, FakeAcls } from "../../../support/securedAgents.ts";

type Known = Record<string, { ID: string; Meta: Record<string, string> | null }>;

/**
 * An agent that keeps services as Consul's does; `done` lists its writing requests.
 *
 * @param acls those of a secured cluster. @default it is open
 * @param Version that it says. @default none
 */
async function agentWith(known: Known, acls?: FakeAcls, Version?: string) {
    const done: string[] = [];
    const tls = acls && (await agentCertificate("client-1"));
    const { url: httpAddress } = await httpServer((message, response) => {
        const { pathname, search } = new URL(message.url ?? "", "http://agent");
        const token = message.headers["x-consul-token"]?.toString();
        const verdict = acls?.judge("client-1", message.method ?? "", pathname, token);
        if ((verdict ?? "granted") !== "granted" || (acls === undefined && token !== undefined)) {
            response.statusCode = 403;
            response.end("Permission denied");
            return;
        }
        let body = "";
        message.on("data", (chunk) => (body += String(chunk)));
        message.on("end", () => {
            if (pathname === "/v1/agent/services") {
                response.end(JSON.stringify(known));
            } else if (pathname === "/v1/agent/self") {
                response.end(JSON.stringify({ Config: { NodeName: "client-1", Version } }));
            } else if (pathname === "/v1/agent/service/register") {
                const service = JSON.parse(body) as Known[string];
                known[service.ID] = service;
                done.push(`register ${service.ID} ${search}`);
                response.end();
            } else {
                const id = decodeURIComponent(pathname.split("/").at(-1) ?? "");
                Reflect.deleteProperty(known, id);
                done.push(`deregister ${id}`);
                response.end();
            }
        });
    }, tls);
    const request = (...services: ServiceArgs[]) => ({
        nodeName: "client-1",
        httpAddress,
        container: "c1",
        services: services.map((service) =>
            serviceDefinition(service, { address: "10.0.0.101", nodeName: "client-1" }),
        ),
    });
    return { done, known, httpAddress, request };
}

const replacing = "?replace-existing-checks=true";

test("what is declared is registered, and a second time nothing is done", async () => {
    const { done, request } = await agentWith({});
    expect(await registerServices(request({ name: "web" }, { name: "db" }))).toBe("db web");
    expect(done).toEqual([`register web ${replacing}`, `register db ${replacing}`]);
    await registerServices(request({ name: "web" }, { name: "db" }));
    expect(done).toHaveLength(2);
});

test("a change registers what changed, removes what is gone, and leaves the others", async () => {
    const mine = { Meta: { [definitionMark]: "0123" } };
    const { done, known, request } = await agentWith({
        gone: { ID: "gone", ...mine },
        web: { ID: "web", ...mine },
        "client-1:redis:6379": { ID: "client-1:redis:6379", Meta: null },
    });
    await registerServices(request({ name: "web", port: 80 }));
    expect(done).toEqual(["deregister gone", `register web ${replacing}`]);
    expect(Object.keys(known).sort()).toEqual(["client-1:redis:6379", "web"]);
});

test("the id of a service that was not declared here is refused before anything is changed", async () => {
    const { done, httpAddress, request } = await agentWith({ web: { ID: "web", Meta: {} } });
    await expect(registerServices(request({ name: "db" }, { name: "web" }))).rejects.toThrow(
        'client-1: its agent has a service of the id "web" that this stack did not register; give ' +
            `ours another id, or remove that one: curl -X PUT ${httpAddress}` +
            "/v1/agent/service/deregister/web",
    );
    expect(done).toEqual([]);
});

test("what the agent's Consul is too old for is refused before anything is changed", async () => {
    const shop: ServiceArgs = { name: "shop", ports: [{ name: "http", port: 80 }] };
    const tls: ServiceArgs = { name: "tls", port: 1, checks: [{ kind: "tcp", tls: true }] };
    const old = await agentWith({}, undefined, "1.16.3");
    await expect(registerServices(old.request({ name: "web" }, shop, tls))).rejects.toThrow(
        'client-1: "shop": Consul 1.22 is the first that takes, and not 1.16.3, several ports by their names; declare a ' +
            'service for each\nclient-1: "tls": Consul 1.17 is the first that takes, and not 1.16.3, a check tcp over TLS',
    );
    expect(old.done).toEqual([]);
    for (const version of ["1.22.0", "2.0.1+ent"]) {
        const recent = await agentWith({}, undefined, version);
        expect(await registerServices(recent.request(shop, tls))).toBe("shop tls");
    }
});

test("removing removes what was declared, and nothing else", async () => {
    const { known, request } = await agentWith({ other: { ID: "other", Meta: {} } });
    await registerServices(request({ name: "web" }));
    await removeServices(request({ name: "web" }));
    expect(Object.keys(known)).toEqual(["other"]);
});

test("a registrator's services are known by the prefix of their ids", async () => {
    const one = { ID: "client-1:redis:6379", Meta: null };
    const other = { ID: "client-11:redis:6379", Meta: null };
    const declared = { ID: "client-1:own", Meta: { [definitionMark]: "0123" } };
    const all = { [one.ID]: one, [other.ID]: other, [declared.ID]: declared };
    const { known, httpAddress } = await agentWith(all);
    await forgetServices({ nodeName: "client-1", httpAddress, prefix: "client-1:" });
    expect(Object.keys(known)).toEqual([other.ID, declared.ID]);
});

test("in a secured cluster services have the token for services, and other tokens register them anew", async () => {
    const acls = new FakeAcls();
    const { done, known, request } = await agentWith({}, acls);
    const access = await accessFile();
    const secured = (tokens: number) => ({ ...request({ name: "web" }), access, tokens });
    await registerServices(secured(1));
    await registerServices(secured(1));
    expect(done).toEqual([`register web ${replacing}`]);
    const [{ Meta } = { Meta: null }] = request({ name: "web" }).services;
    const mark = Meta?.[definitionMark] ?? "";
    expect(mark).not.toBe("");
    expect(known.web?.Meta?.[definitionMark]).toBe(`${mark}/1`);
    await registerServices(secured(2));
    expect(done).toHaveLength(2);
    expect(new Set(acls.granted)).toEqual(
        new Set([
            "client-1: recovery: GET /v1/agent/self",
            "client-1: operate: GET /v1/agent/services",
            "client-1: services: PUT /v1/agent/service/register",
        ]),
    );
    await removeServices(secured(2));
    expect(known).toEqual({});
    // Neither is it registered with a token that will be deleted, nor with more rights than it needs.
    acls.unknown.add("services");
    acls.unknown.delete("services (earlier)");
    await expect(registerServices(secured(3))).rejects.toMatchObject({ status: 403 });
});

test("how a service is removed from a secured agent is told with its CA and a token", async () => {
    const { httpAddress, request } = await agentWith(
        { web: { ID: "web", Meta: {} } },
        new FakeAcls(),
    );
    const access = await accessFile();
    await expect(registerServices({ ...request({ name: "web" }), access })).rejects.toThrow(
        `"$CONSUL_HTTP_TOKEN" | curl --cacert ca.pem --header @- -X PUT ` +
            `${httpAddress}/v1/agent/service/deregister/web (of the stack's outputs ca.pem is caCertificate`,
    );
});

test("services of a node that is asked through another one are registered with that one", async () => {
    const { request } = await agentWith({}, new FakeAcls());
    const access = await accessFile();
    const through = { ...request({ name: "web" }), nodeName: "client-2", askThrough: "client-1" };
    expect(await registerServices({ ...through, access })).toBe("web");
});
