import { describe, expect, test } from "vitest";
import { agentKnown } from "../../../../scripts/verbs/agentReady.ts";
import type { AgentRequest } from "../../../../scripts/protocol/requests.ts";
import { certificates } from "../../../support/certificates.ts";
import { packed, unpacked } from "../../../support/containerFiles.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import { fakeAgent, healthyCluster } from "../../../support/fakeConsul.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { fakeVolumes } from "../../../support/fakeVolumes.ts";
import { accessFile, FakeAcls } from "../../../support/securedAgents.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const file = "/consul-machines/reloadable.json";
const archive = "/containers/consul/archive";

/** Configures an agent whose container has this file; returns what was written and asked. */
async function configure(
    has: object | undefined,
    config: object,
    refuses = false,
    more: Partial<AgentRequest> = {},
) {
    const written: unknown[] = [];
    const before =
        has === undefined
            ? undefined
            : await packed("reloadable.json", `${JSON.stringify(has, null, 2)}\n`);
    const bodies: string[] = [];
    const engine = await fakeEngine((request, body) => {
        if (request === `GET ${archive}?path=${file}` && before !== undefined) {
            return { body: before };
        }
        if (request === `PUT ${archive}?path=/consul-machines`) {
            bodies.push(body);
            return {};
        }
        return undefined;
    });
    const store = await tempFolder();
    await putMachine(store, "dev-server-2", engine.port, await certificates());
    const agent = await fakeAgent(
        () => healthyCluster("server-2", ["server-1", "server-2"]),
        (path) => refuses && path === "/v1/agent/reload",
    );
    const request: AgentRequest = {
        nodeName: "server-2",
        role: "server",
        httpAddress: agent.url,
        servers: { "server-1": "http://10.0.0.11:8500", "server-3": "http://10.0.0.13:8500" },
        log: { store, machine: "dev-server-2", container: "consul" },
        reloadable: { file, config },
        ...more,
    };
    const answer = await agentKnown(request).catch((error: unknown) => error);
    for (const body of bodies) {
        written.push(await unpacked(body));
    }
    return { answer, written, asked: agent.written };
}

const joins = { retry_join: ["10.0.0.11", "10.0.0.13"] };
const reload = "PUT /v1/agent/reload";

test("servers that this computer reaches elsewhere are joined at their own addresses", async () => {
    const servers = { "server-1": "http://203.0.113.5:8500", "server-3": "http://10.0.0.13:8500" };
    const peerAddresses = { "203.0.113.5": "10.0.0.11" };
    const { written } = await configure(undefined, {}, false, { servers, peerAddresses });
    expect(JSON.stringify(written)).toContain("10.0.0.11");
    expect(JSON.stringify(written)).not.toContain("203.0.113.5");
});

test("a new container is given the servers to join; there is nothing to reload", async () => {
    expect(await configure(undefined, {})).toEqual({
        answer: "ready",
        written: [joins],
        asked: [],
    });
});

test("an unchanged configuration is not written again", async () => {
    const config = { log_level: "DEBUG" };
    expect(await configure({ ...config, ...joins }, config)).toEqual({
        answer: "ready",
        written: [],
        asked: [],
    });
});

test("other servers to join are no reason to reload", async () => {
    const config = { log_level: "DEBUG" };
    const found = await configure({ ...config, retry_join: ["10.0.0.9"] }, config);
    expect(found).toEqual({ answer: "ready", written: [{ ...config, ...joins }], asked: [] });
});

test.each([
    ["a new key", undefined, { log_level: "DEBUG" }],
    ["another value", { log_level: "WARN", ...joins }, { log_level: "DEBUG" }],
    ["a key less", { log_level: "DEBUG", ...joins }, {}],
])("%s is reloaded", async (_case, has, config) => {
    expect(await configure(has, config)).toEqual({
        answer: "ready",
        written: [{ ...config, ...joins }],
        asked: [reload],
    });
});

test("a configuration that the agent rejects is rolled back, and the error says so", async () => {
    const has = { log_level: "WARN", ...joins };
    const { answer, written, asked } = await configure(has, { checks: "none" }, true);
    expect(String(answer)).toMatch(/^Error: server-2: its agent rejects the configuration/);
    expect(written).toEqual([{ checks: "none", ...joins }, has]);
    expect(asked).toEqual([reload, reload]);
});

test("a secured agent is asked to reload with the token for asking it alone", async () => {
    const acls = new FakeAcls();
    // Before the first election an agent knows no other.
    acls.isBootstrapped = false;
    const cluster = await FakeCluster.start(["server-2"], [], acls);
    const machine = await fakeVolumes({ isRunning: true });
    await agentKnown({
        access: await accessFile(),
        nodeName: "server-2",
        role: "server",
        httpAddress: cluster.address("server-2"),
        servers: {},
        log: { store: machine.store, machine: machine.machine, container: "consul" },
        reloadable: { file, config: { log_level: "DEBUG" } },
    });
    expect(machine.done).toEqual(["put /consul-machines: reloadable.json"]);
    // As its user reads it, who is not the one of the engine.
    expect(machine.files.get(file)).toMatchObject({ mode: 0o644 });
    expect(acls.granted).toEqual([
        "server-2: recovery: GET /v1/agent/self",
        `server-2: recovery: ${reload}`,
    ]);
});

describe("a node that is reached only from inside its container", () => {
    /** Configures it; `consul reload` in its container ends with this code. */
    async function configureInside(exitCode: number) {
        const asked: string[] = [];
        const bodies: unknown[] = [];
        const engine = await fakeEngine((request, body) => {
            asked.push(request);
            switch (request) {
                case `PUT /containers/server-2/archive?path=/consul-machines`:
                    bodies.push(body);
                    return {};
                case "POST /containers/server-2/exec":
                    expect(JSON.parse(body)).toMatchObject({ Cmd: ["consul", "reload"] });
                    return { body: JSON.stringify({ Id: "e1" }) };
                case "POST /exec/e1/start":
                    return {
                        body: exitCode === 0 ? "Configuration reload triggered" : "no such level",
                    };
                case "GET /exec/e1/json":
                    return { body: JSON.stringify({ ExitCode: exitCode }) };
                default:
                    return undefined;
            }
        });
        const store = await tempFolder();
        await putMachine(store, "dev-machine", engine.port, await certificates());
        const contact = "http://192.0.2.1:8500";
        const answer = await agentKnown({
            nodeName: "server-2",
            role: "server",
            // Another node's: a reload there would reload that one.
            httpAddress: contact,
            askThrough: "server-1",
            servers: { "server-1": contact, "server-3": contact },
            log: { store, machine: "dev-machine", container: "server-2" },
            reloadable: { file, config: { log_level: "DEBUG" } },
        }).catch((error: unknown) => error);
        const files = await Promise.all(bodies.map((body) => unpacked(String(body))));
        return { answer, files, asked };
    }

    test("joins the others by name, and is reloaded from inside", async () => {
        const { answer, files, asked } = await configureInside(0);
        expect(answer).toBe("ready");
        expect(files).toEqual([{ log_level: "DEBUG", retry_join: ["server-1", "server-3"] }]);
        expect(asked).toContain("POST /exec/e1/start");
    });

    test("says what it rejects", async () => {
        const { answer, files } = await configureInside(1);
        expect(String(answer)).toContain(
            "server-2: its agent rejects the configuration, and keeps the one before: " +
                "no such level",
        );
        expect(files.at(-1)).toEqual({});
    });
});
