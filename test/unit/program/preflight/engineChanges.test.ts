import { expect, test } from "vitest";
import type { EngineSettings } from "../../../../components/machine/engineSettings.ts";
import { declaredEngine, engineChanges } from "../../../../program/preflight/engineChanges.ts";
import type { DeclaredMachine } from "../../../../program/preflight/stackMachines.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const declared: DeclaredMachine = {
    name: "server-1",
    machine: { driver: "generic", address: "10.0.0.11" },
    role: "server",
};

/** What is said, and found, where a machine was told this before, and is to be told that. */
async function changesOf(
    before: EngineSettings,
    now: EngineSettings,
    state: "made" | "making" = "made",
) {
    const machines = devMachines(await tempFolder());
    await machines.machine("server-1").writeRecord({
        owner: "consul-machines/dev",
        state,
        engine: declaredEngine({ engine: before }, declared),
    });
    return engineChanges({ engine: now }, [declared], machines);
}

const restarts = (what: string) =>
    `server-1: its engine gets other settings (${what}): Docker restarts on its machine, and with it what runs there; one ` +
    "machine after another, a server only while the others are a quorum.";

test.each<[string, EngineSettings, EngineSettings, string[]]>([
    ["nothing changes", { mirrors: ["https://a.example"] }, { mirrors: ["https://a.example"] }, []],
    [
        "several things change",
        { mirrors: ["https://a.example"] },
        { proxy: { http: "http://p.example:3128" }, options: { debug: true } },
        [restarts("mirrors, proxy, options")],
    ],
    ["labels change", { labels: { zone: "a" } }, { labels: { zone: "b" } }, [restarts("labels")]],
    ["nothing is stated any more", { options: { debug: true } }, {}, [restarts("options")]],
    [
        "a machine keeps what it was made with",
        {},
        { storageDriver: "btrfs", options: { "data-root": "/srv/d" } },
        [
            'server-1: its machine keeps what it was made with: of engine, storageDriver, options["data-root"] are for ' +
                "machines that are made from now on.",
        ],
    ],
    ["it was made with that", { storageDriver: "btrfs" }, { storageDriver: "btrfs" }, []],
])("where %s, that is said before", async (_, before, now, expected) => {
    const { warnings, settled } = await changesOf(before, now);
    expect(warnings).toEqual(expected);
    expect(settled).toEqual(expected.some((line) => line.includes("restarts")) ? [] : ["server-1"]);
});

test("nothing is said of a machine that is to be made", async () => {
    expect(await changesOf({}, { mirrors: ["https://a.example"] }, "making")).toEqual({
        warnings: [],
        settled: ["server-1"],
    });
});
