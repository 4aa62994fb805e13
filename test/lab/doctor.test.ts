import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilWhole } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { docker, hostOf, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-doctor";
const store = `.state/machines/${name}`;

describe.skipIf(missing !== undefined)("doctor, on a stack of lab machines", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    /** Runs docker on a node's machine. */
    const there = (node: string, ...words: string[]) => onMachine(name, node, "docker", ...words);

    /** Looks until doctor says these things of the stack. */
    const expectSaid = (...expected: string[]) =>
        expectFound({ nodes: outputs.nodes, store, access: outputs.access }, ...expected);

    /** Runs client-1's agent by hand in place of the stack's: `docker run` as one types it. */
    async function runByHand(ports: readonly string[], ...flags: string[]): Promise<void> {
        const image = await there("client-1", "inspect", "--format={{.Config.Image}}", "consul");
        await there("client-1", "rm", "--force", "consul");
        const address = outputs.nodes["client-1"]?.address ?? "";
        const server = outputs.nodes["server-1"]?.address ?? "";
        await there(
            "client-1",
            ...["run", "--detach", "--name=consul", "--volume=consul-data:/consul/data"],
            ...ports.map((port) => `--publish=${address}:${port}`),
            ...[image, "agent", "-node=client-1", "-data-dir=/consul/data", "-client=0.0.0.0"],
            ...[`-retry-join=${server}`, ...flags],
        );
    }

    beforeAll(async () => {
        await stack.init();
        // Its agents are started by hand, as the walkthrough does it.
        stack.configure({ servers: 3, clients: 1, security: "open" });
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("finds nothing wrong with it as it was made", async () => {
        await expectSaid();
    });

    it("names the node that advertises an address inside its machine: the walkthrough's mistake", async () => {
        await runByHand(["8301:8301", "8301:8301/udp", "8500:8500", "8600:8600", "8600:8600/udp"]);
        const [found] = await expectSaid("advertised-inside client-1");
        const address = outputs.nodes["client-1"]?.address ?? "";
        expect(found?.seen).toMatch(
            /^advertises 172\.17\.0\.\d+, an address inside its own machine; it is reached at /,
        );
        expect(found?.seen).toContain(address);
        expect(found?.why).toContain("server-1, server-2 and server-3 would dial 172.17.0.");
        expect(found?.fix).toContain(`Run its agent with -advertise=${address}`);
    });

    it("names the ports that a container made by hand does not publish", async () => {
        const address = outputs.nodes["client-1"]?.address ?? "";
        const ports = ["8301:8301", "8500:8500", "8600:8600", "8600:8600/udp"];
        await runByHand(ports, `-advertise=${address}`);
        const [found] = await expectSaid("port-unpublished client-1");
        expect(found?.seen).toBe(`its container does not publish 8301/udp on ${address}`);
    });

    it("sees a container that was removed, and its fix puts it right", async () => {
        await there("client-1", "rm", "--force", "consul");
        const [found] = await expectSaid("container-gone client-1");
        expect(found?.fix).toContain("`pulumi up --refresh`");
        await stack.up("--refresh");
        await expectSaid();
    });

    it("sees a container that was stopped, and its fix puts it right", async () => {
        await there("server-3", "stop", "consul");
        const [found] = await expectSaid("container-stopped server-3");
        expect(found?.seen).toContain("its container is exited");
        expect(found?.fix).toContain("`pulumi up --refresh`");
        await stack.up("--refresh");
        await expectSaid();
    });

    it("sees a container that was paused", async () => {
        await there("client-1", "pause", "consul");
        const [found] = await expectSaid("container-stopped client-1");
        expect(found?.fix).toContain("`docker unpause consul`");
        await there("client-1", "unpause", "consul");
        await expectSaid();
    });

    it("tells an engine that is off from a machine that is", async () => {
        await onMachine(name, "client-1", "systemctl", "stop", "docker");
        const [engine] = await expectSaid("engine-off client-1");
        expect(engine?.fix).toContain("`sudo systemctl start docker`");
        await onMachine(name, "client-1", "systemctl", "start", "docker");

        await docker("stop", hostOf(name, "client-1"));
        const [machine] = await expectSaid("machine-unreachable client-1");
        expect(machine?.seen).toContain(`its machine "${name}-client-1" does not answer at`);
        expect(machine?.fix).toContain(`start ${name}-client-1`);
        await docker("start", hostOf(name, "client-1"));
    });

    it("tells a server that was away for longer than it may come back from", async () => {
        await expectSaid();
        await there("server-3", "stop", "consul");
        const file = "/var/lib/docker/volumes/consul-data/_data/server_metadata.json";
        const longAgo = Math.floor(Date.now() / 1000) - 8 * 24 * 60 * 60;
        const script = `echo '{"last_seen_unix":${longAgo}}' > ${file}`;
        await onMachine(name, "server-3", "sh", "-c", script);
        await there("server-3", "start", "consul");
        const [found] = await expectSaid("offline-too-long server-3");
        expect(found?.fix).toContain("remove its container and its volume consul-data");
    });
});
