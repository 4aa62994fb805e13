import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import {
    forgetAdopting,
    noteAdopting,
    othersAdopting,
    readAdopting,
} from "../../../../scripts/machine/adoptingHosts.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import type { AdoptedAgent } from "../../../../scripts/protocol/adoption.ts";
import { takeInTurn } from "../../../../scripts/verbs/adoptedHost.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { fakeAgent, healthyCluster, serverHealth } from "../../../support/fakeConsul.ts";
import { handmadeHost } from "../../../support/handmadeHost.ts";
import { quickClock, said } from "../../../support/quickTime.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock(1000);
});
afterEach(() => {
    vi.useRealTimers();
});

const trio = ["server-1", "server-2", "server-3"];
const made = { exitCode: 0, stdout: "", tail: [] };

/** A host whose container is stopped by the restart of its Docker, and has no restart policy. */
async function lay(healthy = 3) {
    const host = await handmadeHost({ mine: { restart: "no" } });
    const { url } = await fakeAgent(() => ({
        ...healthyCluster("server-1", trio),
        health: {
            Healthy: healthy === 3,
            FailureTolerance: healthy - 2,
            Servers: trio.map((name, index) =>
                serverHealth(name, { Leader: index === 0, Healthy: index < healthy }),
            ),
        },
    }));
    const machine = new Store(host.store).machine(host.machine);
    const agent: AdoptedAgent = {
        nodeName: "server-1",
        role: "server",
        container: "mine",
        httpAddress: url,
        servers: {},
    };
    const create = vi.fn(() => {
        const one = host.containers.get("mine");
        if (one !== undefined) {
            host.containers.set("mine", { ...one, running: false });
        }
        return Promise.resolve(made);
    });
    return { host, machine, agent, create };
}

test("its host is made a machine once the cluster does without it, and it is started again", async () => {
    const { host, machine, agent, create } = await lay();
    expect(await takeInTurn(machine, agent, create)).toBe(made);
    expect(create).toHaveBeenCalledOnce();
    expect(host.done).toEqual(["start mine"]);
    expect(said).toContain('server-1: starting its container "mine" again');
    expect(await entries(host.store)).not.toContain(".adopting");
});

test("it is left as it is where the cluster would lose its quorum", async () => {
    const { host, machine, agent, create } = await lay(2);
    await expect(takeInTurn(machine, agent, create)).rejects.toThrow(
        /^server-1: its host was left as it is, for its Consul would be restarted with its Docker after 120 s: .*server-3/,
    );
    expect(create).not.toHaveBeenCalled();
    expect(host.done).toEqual([]);
});

test("it is left as it is where another agent answers", async () => {
    const { machine, agent, create } = await lay();
    await expect(takeInTurn(machine, { ...agent, nodeName: "server-2" }, create)).rejects.toThrow(
        'the agent there is "server-1", of another cluster or stack',
    );
    expect(create).not.toHaveBeenCalled();
});

test("a client takes no vote with it", async () => {
    const { machine, agent, create } = await lay(2);
    expect(await takeInTurn(machine, { ...agent, role: "client" }, create)).toBe(made);
});

test("hosts are made machines one after another", async () => {
    const { machine, agent } = await lay();
    let now = 0;
    let most = 0;
    const create = async () => {
        now += 1;
        most = Math.max(most, now);
        await Promise.resolve();
        now -= 1;
        return made;
    };
    await Promise.all([takeInTurn(machine, agent, create), takeInTurn(machine, agent, create)]);
    expect(most).toBe(1);
});

test("what is adopted is known by a file beside the store, for as long as the machine is made", async () => {
    const { machine, agent } = await lay();
    const other = new Store(machine.layout.root).machine("dev-server-2");
    expect(await readAdopting(machine)).toBeUndefined();
    await noteAdopting(machine, agent);
    await noteAdopting(other, agent);
    expect(await readAdopting(machine)).toEqual(agent);
    expect(await othersAdopting(machine)).toEqual(["dev-server-2"]);
    await forgetAdopting(other);
    expect(await othersAdopting(machine)).toEqual([]);
    await forgetAdopting(machine);
    expect(await entries(machine.layout.root)).not.toContain("adopting");
});
