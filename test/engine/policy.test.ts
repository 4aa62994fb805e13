import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../cli/tools/paths.ts";
import type { MachineArgs } from "../../components/machine/machineArgs.ts";
import { ConsulCluster } from "../../components/cluster/consulCluster.ts";
import { withoutHost } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const full: Sketch = { servers: "abc", clients: "x", security: "full" };
const nodes = Array.from("abcx");

/** Addresses of a network for documentation: they are not private. */
const inPublic = Object.fromEntries(nodes.map((name, index) => [name, `203.0.113.${index + 1}`]));

const nothing = { passes: true, violations: [], messages: [] };

/** Two servers, of which the machine of one is given, that join a cluster. */
function joining(machine: MachineArgs) {
    return () => {
        new ConsulCluster("consul", {
            servers: [
                { name: "a", machine },
                { name: "b", machine: { driver: "generic", address: "10.0.0.2" } },
            ],
            datacenter: "dc1",
            image: { kind: "pulled", reference: "consul:1" },
            store: { path: "store" },
            security: "open",
            join: ["10.7.0.1"],
        });
        return Promise.resolve({});
    };
}

describe.skipIf(withoutHost !== "")(`the policy pack${withoutHost}`, () => {
    let stack: EngineStack;

    beforeEach(async () => {
        stack = await EngineStack.create(undefined, join(projectRoot, "policy"));
    });

    afterEach(() => {
        stack.dispose();
    });

    test("lets a secured cluster pass, and be made, on private addresses and on others", async () => {
        expect(await stack.judge(cluster({ ...full, moved: inPublic }))).toEqual(nothing);
        expect(await stack.judge(cluster(full))).toEqual(nothing);
        expect(await stack.up(cluster(full))).toContain("create settle");
    });

    test("refuses an open cluster outside of private networks: no container of it is made", async () => {
        const open = cluster({ ...full, security: "open", moved: inPublic });
        const { passes, violations, messages } = await stack.judge(open);
        expect(passes).toBe(false);
        expect(violations).toEqual(
            nodes.map((name) => `mandatory private-address consul-${name}-agent`),
        );
        expect(messages.join("\n")).toContain("got 203.0.113.1 for 8300, 8301, 8302, 8500, 8600");
        expect(await stack.urns()).toEqual([]);
        const { lines, output } = await stack.failingUp(open);
        expect(lines.filter((line) => line.endsWith("-agent"))).toEqual([]);
        expect(output).toContain("private-address");
    });

    test("sees addresses that machines tell by themselves in the update", async () => {
        const open = cluster({ ...full, security: "open", machines: "cloud" });
        const { passes, violations } = await stack.judge(open);
        expect(passes).toBe(true);
        expect(violations).toEqual(
            nodes.map((name) => `advisory private-address consul-${name}-agent`),
        );
        expect(await stack.up(open)).toContain("create x-agent");
    });

    test.each(["generic", "cloud"] as const)("refuses four servers, %s", async (machines) => {
        const { passes, violations, messages } = await stack.judge(
            cluster({ ...full, servers: "abcd", machines }),
        );
        expect(passes).toBe(false);
        expect(violations).toContain("mandatory server-count engine-tests-test");
        expect(messages.join("\n")).toContain("consul: servers: got 4; an odd number");
        expect(stack.world.lines).toEqual([]);
    });

    test("counts no servers that join those of another stack", async () => {
        expect(await stack.judge(joining({ driver: "generic", address: "10.0.0.1" }))).toEqual(
            nothing,
        );
        // What its record says is not known before the address is.
        const unknown = await stack.judge(joining({ driver: "amazonec2", options: {} }));
        expect(unknown.passes).toBe(true);
        expect(unknown.violations).toContain("advisory server-count engine-tests-test");
    });

    test("refuses an image that is another one on another day", async () => {
        const { passes, violations, messages } = await stack.judge(
            cluster({ ...full, image: "latest" }),
        );
        expect(passes).toBe(false);
        expect(violations).toEqual(
            nodes.flatMap((name) =>
                ["agent", "image"].map((what) => `mandatory image-tag consul-${name}-${what}`),
            ),
        );
        expect(messages.join("\n")).toContain('image: got "consul:latest"');
        expect(stack.world.lines).toEqual([]);
    });
});
