import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { untilWhole } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";
import { until } from "./support/realAgents.ts";

const name = "lab-late-address";
const store = `.state/machines/${name}`;
const node = "server-2";

/** Has Docker start while the machine has no address, as where its network comes later; and gives it back. */
const loseAddress = (address: string) =>
    `set -e; device=$(ip -4 -o addr show | grep ' ${address}/' | cut -d ' ' -f 2); ` +
    `net=$(ip -4 -o addr show dev $device | sed 's/.* inet \\([^ ]*\\) .*/\\1/'); ` +
    "way=$(ip -4 route show default | sed 's/.* via \\([^ ]*\\) .*/\\1/'); " +
    "systemctl stop docker; ip addr del $net dev $device; systemctl start docker; sleep 3; " +
    "docker inspect --format '{{.State.Status}} {{.State.Error}}' consul; " +
    "ip addr add $net dev $device; ip route replace default via $way";

describe.skipIf(missing !== undefined)("a machine whose address comes after Docker", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    const stateThere = () =>
        onMachine(name, node, "docker", "inspect", "--format={{.State.Status}}", "consul");

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
    });

    afterAll(async () => {
        await stack.end();
    });

    /** Loses the address of a node's machine for a start of its Docker. */
    async function lose(): Promise<void> {
        const address = outputs.nodes[node]?.address ?? "";
        const seen = await onMachine(name, node, "sh", "-c", loseAddress(address));
        expect(seen).toMatch(/^exited .*cannot assign requested address/);
    }

    it("has an agent that nothing starts; preview and doctor see it, and up starts it", async () => {
        await lose();
        await new Promise((over) => setTimeout(over, 10_000));
        expect(await stateThere()).toBe("exited");
        const preview = await stack.must(stack.words("preview"));
        expect(preview).toMatch(
            /server-2: its container "consul" is stopped \(exit code \d+\): its machine did not have its address yet .*; `pulumi up` starts it\./,
        );
        expect(await stateThere()).toBe("exited");
        await expectFound(
            { nodes: outputs.nodes, store, access: outputs.access },
            "address-late server-2",
        );
        const said = await stack.up("--expect-no-changes");
        expect(said).toContain("starting it.");
        await untilWhole(outputs);
        expect(await stack.must(stack.words("preview"))).not.toContain("is stopped");
    });

    it("starts it by itself from then on", async () => {
        await lose();
        const runs = async () => (await stateThere()) === "running";
        await until(runs, { seconds: 60, what: "the agent" });
        await untilWhole(outputs);
        // One that somebody stops is left to them by the machine, and by an up that has nothing to do.
        await onMachine(name, node, "docker", "stop", "consul");
        await onMachine(name, node, "systemctl", "restart", "consul-machines-address");
        await new Promise((over) => setTimeout(over, 10_000));
        expect(await stateThere()).toBe("exited");
        expect(await stack.up("--expect-no-changes")).toMatch(
            /server-2: its container "consul" is stopped \(exit code \d+\)\. Somebody stopped it, or it has ended: `pulumi up --refresh` starts it again/,
        );
        expect(await stateThere()).toBe("exited");
        await stack.up("--refresh");
        expect(await stateThere()).toBe("running");
        await untilWhole(outputs);
    });
});
