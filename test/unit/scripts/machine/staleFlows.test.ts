import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { isOld, type RunningContainer } from "../../../../scripts/machine/staleFlows.ts";
import { deleteStaleFlows } from "../../../../scripts/machine/staleFlows.ts";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { certificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { deletionsOf } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { quickClock, said } from "../../../support/quickTime.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});
beforeEach(() => {
    quickClock();
});
afterEach(() => {
    vi.useRealTimers();
});

const machine = "dev-server-2";
const published = (Type: string, PublicPort: number, IP = "10.0.0.12") => {
    return { IP, PrivatePort: PublicPort, PublicPort, Type };
};
const consul: RunningContainer = {
    Names: ["/consul"],
    Labels: {},
    Ports: [
        published("tcp", 8301),
        published("udp", 8301),
        published("udp", 53, "172.17.0.1"),
        // Exposed by its image, and published nowhere.
        { Type: "udp" },
    ],
    NetworkSettings: { Networks: { bridge: { IPAddress: "172.17.0.3" } } },
};
const resolver = { ...consul, Names: ["/resolver"], Ports: [published("udp", 5353)] };

/** Deletes the stale flows of a machine whose engine is of this version and runs these containers. */
async function deleteFlows(
    version: string,
    ssh: Behaviour["ssh"] = { says: deletionsOf(4) },
    containers: readonly RunningContainer[] = [consul, resolver],
) {
    const engine = await fakeEngine((request) => {
        switch (request) {
            case "GET /version":
                return { body: { Version: version } };
            case "GET /containers/json":
                return { body: containers };
            default:
                return undefined;
        }
    });
    const { binary, store, calls } = await fakeDockerMachine(await tempFolder(), { ssh });
    await putMachine(store, machine, engine.port, await certificates());
    const isMeant = ({ Names }: RunningContainer) => Names.includes("/consul");
    await deleteStaleFlows(Machine.of({ store, machine }), binary, isMeant);
    return { calls: await calls(), asked: engine.asked };
}

test("with an old engine, every flow is deleted that claims what comes in for the container", async () => {
    const { calls } = await deleteFlows("20.10.24+dfsg1");
    const flows = [
        "--orig-dst 10.0.0.12 --orig-port-dst 8301",
        "--reply-dst 10.0.0.12 --reply-port-dst 8301",
        "--orig-dst 172.17.0.1 --orig-port-dst 53",
        "--reply-dst 172.17.0.1 --reply-port-dst 53",
    ];
    const commands = flows.map((flow) => `sudo conntrack -D -p udp ${flow}`).join("; ");
    expect(calls).toEqual([`ssh ${machine} { ${commands}; } 2>&1 | grep -v ^udp`]);
    expect(said).toEqual([]);
});

test("a host that had nothing to delete has succeeded too", async () => {
    await deleteFlows("19.03.12", { says: deletionsOf(4).replaceAll(" 1 ", " 0 ") });
    expect(said).toEqual([]);
});

test("an engine that deletes them itself is asked for its version, and nothing else", async () => {
    const { calls, asked } = await deleteFlows("23.0.0");
    expect(calls).toEqual([]);
    expect(asked).toEqual(["GET /version"]);
});

test("a container that publishes nothing by UDP has no flows to delete", async () => {
    const tcpOnly = { ...consul, Ports: [published("tcp", 8500)] };
    const { calls } = await deleteFlows("20.10.24", undefined, [tcpOnly, resolver]);
    expect(calls).toEqual([]);
    expect(said).toEqual([]);
});

/** What is said where it cannot be done, for this reason. */
const warning = (reason: string, version = "20.10.24") =>
    `${machine}: its Docker Engine ${version} leaves UDP flows behind that may lead to where a ` +
    `container was before, and they could not be deleted: ${reason}. Install conntrack on its ` +
    'host, or Docker Engine 23.0 or later. Until then, where agents log "UDP probes failed", ' +
    "restart the machine.";

const lacking = "sudo: conntrack: command not found";

/** A flow that leads to an address inside the machine, as its kernel tells it. */
const flowTo = (inside: string) =>
    "ipv4     2 udp      17 29 src=10.0.0.11 dst=10.0.0.12 sport=8301 dport=8301 [UNREPLIED] " +
    `src=${inside} dst=10.0.0.11 sport=8301 dport=8301 mark=0 use=1\n`;

test.each<[string, Behaviour["ssh"], string]>([
    [
        "lacks conntrack, and has a flow that leads elsewhere,",
        { says: `${lacking}\n`.repeat(4), table: flowTo("172.17.0.2") },
        lacking,
    ],
    ["lacks conntrack, and does not show its flows,", { says: `${lacking}\n` }, lacking],
    [
        "refuses the second deletion",
        { says: `${deletionsOf(1)}conntrack v1.4.7 (conntrack-tools): Operation failed\n` },
        "conntrack v1.4.7 (conntrack-tools): Operation failed",
    ],
    ["is not reached", { fails: "exit status 255\n" }, "exit status 255"],
    ["says nothing", {}, "it does not answer by SSH"],
])(
    "a host that %s is reported with its engine's version and the ways out",
    async (_, ssh, reason) => {
        await deleteFlows("20.10.24", ssh);
        expect(said).toEqual([warning(reason)]);
    },
);

test("a host that lacks conntrack, and whose flows are right, is not reported", async () => {
    const { calls } = await deleteFlows("20.10.24", { says: lacking, table: flowTo("172.17.0.3") });
    expect(calls[1]).toBe(`ssh ${machine} sudo cat /proc/net/nf_conntrack`);
    expect(said).toEqual([]);
});

test("an engine that does not answer is reported, and nothing fails", async () => {
    const store = await tempFolder();
    await putMachine(store, machine, 1, await certificates());
    await deleteStaleFlows(Machine.of({ store, machine }), undefined, () => true);
    expect(said).toEqual([warning("connect ECONNREFUSED 127.0.0.1:1", "(of an unknown version)")]);
});

test.each([
    ["19.03.12", true],
    ["20.10.24+dfsg1", true],
    ["23.0.0", false],
    ["29.1.0", false],
    ["dev", false],
    [undefined, false],
])("the engine %s counts as old: %s", (version, expected) => {
    expect(isOld(version)).toBe(expected);
});
