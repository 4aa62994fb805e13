import { expect, test } from "vitest";
import { changeOwner, folderOf, handOverData } from "../../../../scripts/security/dataOwner.ts";
import { withVolumes } from "../../../../scripts/security/configVolume.ts";
import { fakeVolumes, type FakeContainer } from "../../../support/fakeVolumes.ts";

const nodeId = "/consul/data/node-id";
const maker = {
    image: "consul:1",
    owner: "project/dev",
    volumes: { config: "consul-config", data: "consul-data" },
};

/** Has the data of a node handed over; resolves with what was done on its machine. */
async function handedOver(container: FakeContainer | undefined, uid: number | undefined) {
    const machine = await fakeVolumes(container);
    if (uid !== undefined) {
        machine.files.set(nodeId, { text: "id", mode: 0o600, uid, gid: 1000 });
    }
    const agent = { store: machine.store, machine: machine.machine, container: "consul" };
    const node = { nodeName: "a", agent, ...maker, binary: "/nowhere/docker-machine" };
    const work = withVolumes(node, maker, (volumes) => handOverData(node, volumes));
    const error = await work.catch((failure: unknown) => String(failure));
    return { error, done: machine.done.filter((line) => !/^(create|remove) /.test(line)) };
}

test.each([
    ["no container", undefined, 0],
    ["a secured one", { isRunning: true, digest: "d1" }, 0],
    ["an open one whose agent is that user", { isRunning: true, hasVolumes: false }, 100],
    ["an open one without data", { isRunning: true, hasVolumes: false }, undefined],
])("with %s nothing is stopped", async (_, container, uid) => {
    expect(await handedOver(container, uid)).toEqual({ error: undefined, done: [] });
});

test("where the host cannot be reached it is said, and the agent still runs", async () => {
    const { error, done } = await handedOver({ isRunning: true, hasVolumes: false }, 0);
    expect(error).toMatch(
        /^Error: a: on the machine "dev-server-1" its data cannot be given to the/,
    );
    expect(done).toEqual([]);
});

test("a volume that Docker mounts has its files where it is mounted from", () => {
    const Mountpoint = "/var/lib/docker/volumes/consul-data/_data";
    const Options = { type: "none", o: "bind", device: "/srv/consul/consul-data" };
    expect(folderOf({ Mountpoint, Options })).toBe("/srv/consul/consul-data");
    expect(folderOf({ Mountpoint, Options: null })).toBe(Mountpoint);
    expect(folderOf({ Mountpoint, Options: { type: "nfs", device: ":/data" } })).toBe(Mountpoint);
});

test("the file by which it is told whose the data are comes last", () => {
    expect(changeOwner("/var/lib/it's/_data")).toBe(
        "sudo find '/var/lib/it'\\''s/_data' ! -name node-id -exec chown -h 100:1000 {} + && " +
            "sudo chown 100:1000 '/var/lib/it'\\''s/_data'/node-id",
    );
});
