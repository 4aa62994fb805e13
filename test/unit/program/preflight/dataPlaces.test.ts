import { expect, test } from "vitest";
import { dataPlaceWarnings } from "../../../../program/preflight/dataPlaces.ts";
import type { DeclaredMachine } from "../../../../program/preflight/stackMachines.ts";
import type { ContainerSettings } from "../../../../components/node/containerSettings.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const declared: DeclaredMachine = {
    name: "server-1",
    machine: { driver: "generic", address: "127.0.0.1" },
    role: "server",
};

/** What is said of a node with this volume of data, where the settings name a place; and what its engine was asked. */
async function warningsOf(volume: object | undefined, data: ContainerSettings["data"]) {
    const store = await tempFolder();
    const engine = await fakeEngine((request) =>
        request === "GET /volumes/consul-data" && volume !== undefined
            ? { body: volume }
            : undefined,
    );
    await putMachine(store, "dev-server-1", engine.port, await certificates());
    const machines = devMachines(store);
    const owner = "consul-machines/dev";
    await machines.machine("server-1").writeRecord({ owner, state: "made" });
    const settings = {
        container: data === undefined ? {} : { data },
        nodes: { servers: [], clients: [] },
    };
    return {
        warnings: await dataPlaceWarnings(settings, [declared], machines),
        asked: engine.asked,
    };
}

const plain = { Name: "consul-data", Driver: "local", Options: null };
const mounted = (device: string) => ({ ...plain, Options: { type: "none", o: "bind", device } });
const stay = (where: string) => [
    `server-1: its data stay where they are, ${where}: container.data is for nodes that are made from now on. How to move ` +
        "one: docs/containers.md#moving-data.",
];

test.each([
    ["on Docker's own volume", plain, { hostPath: "/srv/consul" }, stay("on a volume")],
    [
        "in another folder",
        mounted("/mnt/a/consul-data"),
        { hostPath: "/srv/consul" },
        stay("in /mnt/a/consul-data"),
    ],
    ["in this folder", mounted("/srv/consul/consul-data"), { hostPath: "/srv/consul" }, []],
    [
        "on a volume of another driver",
        { ...plain, Driver: "rexray" },
        { hostPath: "/srv/consul" },
        stay("on a volume of the driver rexray"),
    ],
    ["on one of this driver", { ...plain, Driver: "rexray" }, { volumeDriver: "rexray" }, []],
    ["nowhere yet", undefined, { hostPath: "/srv/consul" }, []],
])("of data %s is said what stays", async (_, volume, data, expected) => {
    expect((await warningsOf(volume, data)).warnings).toEqual(expected);
});

test("nothing is asked where the settings name no place", async () => {
    const { warnings, asked } = await warningsOf(mounted("/srv/consul/consul-data"), undefined);
    expect([warnings, asked]).toEqual([[], []]);
});
