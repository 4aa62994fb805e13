import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { withoutFrames } from "../../../../scripts/docker/container.ts";
import { EngineApi } from "../../../../scripts/docker/engineApi.ts";
import { loadImage } from "../../../../scripts/verbs/imageLoad.ts";
import { removeLeftOver } from "../../../../scripts/docker/ownedObjects.ts";
import { certificates, makeCertificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, fakeLocalEngine, healthy, type Answers } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
afterEach(() => {
    vi.useRealTimers();
});

const machine = "dev-server-1";

/** A machine in a store, whose engine answers like this. */
async function layMachine(answers: Answers) {
    const engine = await fakeEngine(answers);
    const store = await tempFolder();
    await putMachine(store, machine, engine.port, await certificates());
    return { engine, store };
}

/** An engine that keeps images by tag: loading brings this one. */
async function layLoader(brought: string) {
    const images = new Set<string>();
    const loaded: string[] = [];
    const { engine, store } = await layMachine((request, body) => {
        const [, tagged] = /^GET \/images\/(.*)\/json$/.exec(request) ?? [];
        const [, repo = "", tag = ""] = /\/tag\?repo=(.*)&tag=(.*)$/.exec(request) ?? [];
        if (tagged !== undefined) {
            return images.has(tagged) ? { body: { Id: tagged } } : undefined;
        }
        if (repo !== "") {
            images.add(`${repo}:${tag}`);
            return { status: 201 };
        }
        loaded.push(body);
        images.add(brought);
        return { body: '{"stream":"Loaded image"}\n' };
    });
    const archive = join(store, "consul.tar");
    const source = "consul:local";
    const reference = "consul-machines/agent:1";
    await writeFile(archive, "content 1");
    return { engine, loaded, request: { store, machine, archive, source, reference } };
}

test("an archive is loaded once, and tagged by its content", async () => {
    const { engine, loaded, request } = await layLoader("consul:local");

    expect(await loadImage(request)).toBe("consul-machines/agent:1");
    expect(engine.asked).toEqual([
        "GET /images/consul-machines/agent:1/json",
        "POST /images/load?quiet=true",
        "GET /images/consul:local/json",
        "POST /images/consul:local/tag?repo=consul-machines/agent&tag=1",
    ]);
    expect(await loadImage(request)).toBe("consul-machines/agent:1");
    expect(loaded).toEqual(["content 1"]);
});

test("another content is loaded again", async () => {
    const { loaded, request } = await layLoader("consul:local");
    await loadImage(request);
    await writeFile(request.archive, "content 2");

    const reference = "consul-machines/agent:2";
    expect(await loadImage({ ...request, reference })).toBe(reference);
    expect(loaded).toEqual(["content 1", "content 2"]);
});

test("an archive that brings another image than it promised is told", async () => {
    const { request } = await layLoader("another:image");
    await expect(loadImage(request)).rejects.toThrow(
        new Error(
            `${machine}: loading ${request.archive} brought no "consul:local": ` +
                '{"stream":"Loaded image"}',
        ),
    );
});

test("an archive that is gone by then fails the load", async () => {
    const { request } = await layLoader("consul:local");
    await expect(loadImage({ ...request, archive: "/nowhere.tar" })).rejects.toThrow(
        "ENOENT: no such file or directory, open '/nowhere.tar'",
    );
});

test("an engine that cannot say whether it has an image is not taken for one without", async () => {
    const { engine, store } = await layMachine(() => ({ status: 500, body: "out of order" }));
    const request = { store, machine, archive: "a.tar", source: "a:b", reference: "c:d" };
    await expect(loadImage(request)).rejects.toThrow(
        "/images/c%3Ad/json: the engine answered 500: out of order",
    );
    expect(engine.asked).toHaveLength(1);
});

test("the frames of a log are dropped, its lines are not", () => {
    const frame = (stream: number, text: string) =>
        `${String.fromCharCode(stream, 0, 0, 0, 0, 0, 0, text.length)}${text}`;
    expect(withoutFrames(frame(1, "one\n") + frame(2, "two\n") + frame(1, "\n"))).toEqual([
        "one",
        "two",
    ]);
    expect(withoutFrames("plain: a log with a terminal\n  indented\n")).toEqual([
        "plain: a log with a terminal",
        "  indented",
    ]);
});

test("the last lines of a container's log are asked of its machine's engine", async () => {
    const { engine, store } = await layMachine(() => ({ body: "a\nb\n" }));
    expect(await Machine.of({ store, machine }).containerLog("consul", 2)).toEqual(["a", "b"]);
    expect(engine.asked).toEqual(["GET /containers/consul/logs?stdout=true&stderr=true&tail=2"]);
});

test("a log that cannot be had is one line that says why", async () => {
    const { store } = await layMachine(healthy);
    expect(await Machine.of({ store, machine }).containerLog("consul")).toEqual([
        "(not available: /containers/consul/logs?stdout=true&stderr=true&tail=15: the engine " +
            "answered 404: no such thing: GET " +
            "/containers/consul/logs?stdout=true&stderr=true&tail=15)",
    ]);
});

test("an engine of another CA is not spoken to", async () => {
    const { engine, store } = await layMachine(healthy);
    await putMachine(store, "other", engine.port, await makeCertificates());

    const ours = await Machine.of({ store, machine }).engine();
    expect(await ours.text("/_ping")).toBe("OK");
    const other = await Machine.of({ store, machine: "other" }).engine();
    await expect(other.text("/_ping")).rejects.toThrow(/certificate/);
    expect(engine.asked).toEqual(["GET /_ping"]);
});

test("a request that is not answered in time fails", async () => {
    const socket = join(await tempFolder(), "docker.sock");
    await fakeLocalEngine(() => ({ body: { slow: true } }), socket, 200);
    const engine = new EngineApi({ socketPath: socket });
    await expect(engine.ask("/info", { timeout: 20 })).rejects.toThrow("no answer within 0.02 s");
});

test.each([
    ["containers", "GET /containers/consul/json", "DELETE /containers/consul?force=true&v=true"],
    ["networks", "GET /networks/consul", "DELETE /networks/consul"],
] as const)(
    "a left-over among the %s is removed if it carries our label",
    async (kind, inspect, remove) => {
        const socket = join(await tempFolder(), "docker.sock");
        const Labels = { "consul-machines.owner": "p/s" };
        const { asked } = await fakeLocalEngine((request) => {
            return request === inspect
                ? {
                      body:
                          kind === "containers"
                              ? { Config: { Labels }, State: { Running: false } }
                              : { Labels },
                  }
                : { status: 204 };
        }, socket);
        const engine = new EngineApi({ socketPath: socket });

        expect(await removeLeftOver(engine, kind, "consul", "another/stack")).toBe(false);
        expect(asked).toEqual([inspect]);
        expect(await removeLeftOver(engine, kind, "consul", "p/s")).toBe(true);
        expect(asked).toEqual([inspect, inspect, remove]);
    },
);

test("a left-over container that runs is stopped first", async () => {
    const socket = join(await tempFolder(), "docker.sock");
    const Labels = { "consul-machines.owner": "p/s" };
    const { asked } = await fakeLocalEngine(
        (request) =>
            request.startsWith("GET ")
                ? { body: { Config: { Labels }, State: { Running: true } } }
                : { status: 204 },
        socket,
    );
    const engine = new EngineApi({ socketPath: socket });
    expect(await removeLeftOver(engine, "containers", "consul", "p/s")).toBe(true);
    expect(asked.slice(1)).toEqual([
        "POST /containers/consul/stop?t=20",
        "DELETE /containers/consul?force=true&v=true",
    ]);
});

test("a container without labels is not ours", async () => {
    const socket = join(await tempFolder(), "docker.sock");
    const none = { Config: { Labels: null }, State: { Running: true } };
    await fakeLocalEngine(() => ({ body: none }), socket);
    const engine = new EngineApi({ socketPath: socket });
    expect(await removeLeftOver(engine, "containers", "consul", "p/s")).toBe(false);
});

test("a setting of a container that runs is changed by a body that the engine takes for JSON", async () => {
    const bodies: string[] = [];
    const { store } = await layMachine((request, body, contentType) => {
        bodies.push(`${contentType} ${body}`);
        return request === "POST /containers/consul/update" ? { body: {} } : undefined;
    });
    const api = await Machine.of({ store, machine }).engine();

    await api.update("consul", { RestartPolicy: { Name: "no" } });
    expect(bodies).toEqual(['application/json {"RestartPolicy":{"Name":"no"}}']);
    await expect(api.update("another", {})).rejects.toThrow(
        "/containers/another/update: the engine answered 404: " +
            "no such thing: POST /containers/another/update",
    );
});
