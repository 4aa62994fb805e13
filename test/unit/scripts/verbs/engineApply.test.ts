import { readFile, writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { engineOptions } from "../../../../components/machine/engineSettings.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import type { EngineOptions } from "../../../../scripts/protocol/engineOptions.ts";
import type { EngineRequest } from "../../../../scripts/protocol/requests.ts";
import { parseJson, property } from "../../../../scripts/system/json.ts";
import { applyEngine, resetEngine } from "../../../../scripts/verbs/engineApply.ts";
import { certificates } from "../../../support/certificates.ts";
import { FakeCluster } from "../../../support/fakeCluster.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, healthy } from "../../../support/fakeEngine.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(500);
});
afterEach(() => {
    vi.useRealTimers();
});

const machine = "dev-a";
const owner = "consul-machines/dev";
const restart = `regenerate-certs -f ${machine}`;
const fine = { ssh: { says: "configuration OK\n" }, mends: "regenerate-certs" } as const;
const options = (mirror: string): EngineOptions => {
    const told = engineOptions({ mirrors: [mirror] }, undefined);
    if (told === undefined) {
        throw new Error("nothing is told");
    }
    return told;
};
const [first, second] = [options("https://a.example"), options("https://b.example")];

/**
 * A machine whose engine was told this, and has the agent of the server "a" on it, in a cluster of three.
 *
 * @param agent the state of its container. @default none is there
 * @param breaks whether its engine keeps to what it was told before.
 */
async function lay(
    told: EngineOptions | undefined,
    {
        agent,
        breaks = false,
        ...behaviour
    }: Behaviour & { agent?: "running"; breaks?: boolean } = fine,
) {
    const cluster = await FakeCluster.start(["a", "b", "c"]);
    const laid = await fakeDockerMachine(await tempFolder(), behaviour);
    const folder = Machine.of({ store: laid.store, machine });
    // Once it is restarted it runs with what docker-machine has of it.
    const labels = async () => {
        const restarts = (await laid.calls()).filter((call) => call === restart).length;
        const config = parseJson(await readFile(folder.files.config, "utf8"));
        const engineOf = property(property(config, "HostOptions"), "EngineOptions");
        const has: unknown = property(engineOf, "Labels");
        const isNew = restarts > 0 && !(breaks && restarts === 1);
        return isNew && Array.isArray(has) ? has.map(String) : [...(told?.labels ?? [])];
    };
    const container = {
        Id: "1",
        Name: "/consul",
        State: { Running: true, Status: "running" },
        HostConfig: { RestartPolicy: { Name: "unless-stopped" } },
        Created: "2026-01-01T00:00:00Z",
    };
    const engine = await fakeEngine(async (request, ...rest) => {
        if (request === "GET /info") {
            return { body: { Labels: await labels() } };
        }
        if (request.startsWith("GET /containers/json")) {
            return { body: agent === undefined ? [] : [{ Id: "1", Ports: [], Labels: {} }] };
        }
        if (/^GET \/containers\/(consul|1)\/json$/.test(request) && agent !== undefined) {
            return { body: container };
        }
        return healthy(request, ...rest);
    });
    await laid.behave({ enginePort: engine.port, ...behaviour });
    await putMachine(laid.store, machine, engine.port, await certificates());
    const config = parseJson(await readFile(folder.files.config, "utf8"));
    const HostOptions = {
        EngineOptions: { Labels: told?.labels ?? [], RegistryMirror: told?.mirrors ?? [] },
    };
    await writeFile(folder.files.config, JSON.stringify({ ...(config as object), HostOptions }));
    await folder.writeRecord({ owner, state: "made", engine: told });
    const request: EngineRequest = {
        store: laid.store,
        binary: laid.binary,
        owner,
        machine,
        engine: second,
        agent: {
            nodeName: "a",
            role: "server",
            httpAddress: cluster.address("a"),
            servers: cluster.addresses(["b", "c"]),
            log: { store: laid.store, machine, container: "consul" },
            reloadable: { file: "/consul-machines/reloadable.json", config: {} },
        },
    };
    const mirrors = async () => {
        const config = parseJson(await readFile(folder.files.config, "utf8"));
        return property(
            property(property(config, "HostOptions"), "EngineOptions"),
            "RegistryMirror",
        );
    };
    return { ...laid, cluster, request, mirrors, folder };
}

test("an engine that was made with what is declared is left alone", async () => {
    const { request, calls } = await lay(second);

    expect(await applyEngine(request)).toBe("applied");
    expect(await calls()).toEqual([]);
});

test("another one is asked whether it would start, and restarted with it", async () => {
    const { request, calls, mirrors, folder } = await lay(first);

    expect(await applyEngine(request)).toBe("applied");
    expect(await calls()).toEqual([
        `ssh ${machine} sudo dockerd --validate --registry-mirror=https://b.example --label=${second.labels[0] ?? ""} 2>&1; true`,
        restart,
    ]);
    expect(await mirrors()).toEqual(["https://b.example"]);
    expect((await folder.record())?.engine).toEqual(second);
    expect(said).toContain(`${machine}: its engine is restarted with other settings`);
});

test("a server hands its leadership on first, and is waited for", async () => {
    const { request, calls, cluster } = await lay(first, { ...fine, agent: "running" });

    await applyEngine(request);
    expect(cluster.done[0]).toBe("a: POST /v1/operator/raft/transfer-leader");
    expect(cluster.leader).toBe("b");
    expect((await calls()).filter((call) => call === restart)).toHaveLength(1);
});

test("a server that the quorum needs is not restarted", async () => {
    const { request, calls, cluster, mirrors } = await lay(first, { ...fine, agent: "running" });
    cluster.unhealthy.add("c");

    await expect(applyEngine(request)).rejects.toThrow("a quorum is 2");
    expect((await calls()).filter((call) => call === restart)).toEqual([]);
    expect(await mirrors()).toEqual(["https://a.example"]);
    expect(cluster.done).toEqual([]);
});

test.each([
    [
        "judges by itself",
        "unable to configure the Docker daemon with file /etc/docker/daemon.json: registry-mirrors twice\n",
        "registry-mirrors twice",
    ],
    ["does not know an option of it", "unknown flag: --colour\n", "unknown flag: --colour"],
])("where the daemon %s, nothing is touched", async (_, says, problem) => {
    const { request, calls, mirrors } = await lay(first, { ...fine, ssh: { says } });

    await expect(applyEngine(request)).rejects.toThrow(
        `${machine}: the settings of its engine could not be changed: its daemon would not start with them: `,
    );
    await expect(applyEngine(request)).rejects.toThrow(`${problem}. Nothing was touched`);
    expect(await calls()).not.toContain(restart);
    expect(await mirrors()).toEqual(["https://a.example"]);
});

test("where it does not come back with them, it gets back what it had", async () => {
    const { request, calls, mirrors, folder } = await lay(first, { ssh: fine.ssh });

    await expect(applyEngine(request)).rejects.toThrow(/It runs with the settings of before\.$/);
    expect((await calls()).filter((call) => call === restart)).toHaveLength(2);
    expect(await mirrors()).toEqual(["https://a.example"]);
    expect((await folder.record())?.engine).toEqual(first);
});

test("one that comes back without them is reported", async () => {
    const { request } = await lay(first, { ...fine, breaks: true });

    await expect(applyEngine(request)).rejects.toThrow(
        "it was restarted, and does not have them: its unit is not the one that docker-machine writes",
    );
});

test("what is declared no longer is taken back", async () => {
    const { request, calls, mirrors, folder } = await lay(second);

    await resetEngine(request);
    expect(await calls()).toEqual([restart]);
    expect(await mirrors()).toEqual([]);
    expect((await folder.record())?.engine).toBeUndefined();
});

test("of a machine that is gone nothing is taken back", async () => {
    const { request, calls } = await lay(second);
    await resetEngine({ ...request, machine: "dev-gone" });
    expect(await calls()).toEqual([]);
});
