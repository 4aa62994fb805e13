import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ServiceArgs } from "../../components/node/serviceArgs.ts";
import { eventually } from "../../cli/example/check.ts";
import { fetchAt } from "./support/access.ts";
import { onMachine, remains } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-services";

/** One entry of Consul's health endpoint. */
interface HealthEntry {
    readonly Service: { readonly Address: string; readonly Port: number; readonly Tags: string[] };
}

describe.skipIf(missing !== undefined)("services declared with a node", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    /** The agent's own DNS: something on the machine that answers. */
    const api: ServiceArgs = {
        name: "api",
        port: 8600,
        tags: ["first"],
        checks: [{ kind: "tcp", interval: "1s" }],
    };
    const worker: ServiceArgs = { name: "worker", checks: [{ kind: "ttl", ttl: "3s" }] };

    async function up(services: readonly ServiceArgs[]): Promise<string> {
        stack.configure({ servers: [{ name: "server-1", services }] });
        const output = await stack.up();
        outputs = await stack.outputs();
        return output;
    }

    /** The healthy ones of a service. */
    async function healthy(service: string): Promise<readonly HealthEntry[]> {
        const url = `${outputs.httpAddress}/v1/health/service/${service}?passing=true`;
        return (await (await fetchAt(url)).json()) as readonly HealthEntry[];
    }

    /** Waits until this many of a service are healthy. */
    async function untilHealthy(service: string, times: number, within: number): Promise<void> {
        await eventually(`${times} of ${service} healthy`, within, async () => {
            expect(await healthy(service)).toHaveLength(times);
        });
    }

    function container(): Promise<string> {
        return onMachine(name, "server-1", "docker", "inspect", "--format={{.Id}}", "consul");
    }

    beforeAll(async () => {
        await stack.init();
        await up([api, worker]);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("are healthy at the machine's address once their checks pass", async () => {
        await untilHealthy("api", 1, 20);
        const [found] = await healthy("api");
        const { address = "" } = outputs.nodes["server-1"] ?? {};
        expect(found?.Service).toMatchObject({ Address: address, Port: 8600, Tags: ["first"] });
        expect(await healthy("worker")).toEqual([]);
    });

    it("speak for themselves where they have a TTL check", async () => {
        const pass = `${outputs.httpAddress}/v1/agent/check/pass/service:worker`;
        expect((await fetchAt(pass, { method: "PUT" })).status).toBe(200);
        await untilHealthy("worker", 1, 2);
        await untilHealthy("worker", 0, 6);
    });

    it("are changed by no second up", async () => {
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("change without a container being replaced, and keep what did not change", async () => {
        const before = await container();
        const output = await up([{ ...api, tags: ["second"] }]);
        expect(output).toContain("consul-server-1-services updated");
        expect(output).toContain("removing worker");
        const [found] = await healthy("api");
        expect(found?.Service.Tags).toEqual(["second"]);
        expect(await container()).toBe(before);
    });

    it("are known to an agent that was restarted, and to one in a new container", async () => {
        await onMachine(name, "server-1", "docker", "restart", "consul");
        await untilHealthy("api", 1, 60);
        const before = await container();
        stack.configure({
            servers: [{ name: "server-1", services: [{ ...api, tags: ["second"] }] }],
            labels: { team: "lab" },
        });
        await stack.up();
        expect(await container()).not.toBe(before);
        await untilHealthy("api", 1, 60);
    });

    it("are deregistered when they are no longer declared, what others registered is not", async () => {
        const body = JSON.stringify({ Name: "other" });
        const path = "/v1/agent/service/register";
        await fetchAt(outputs.httpAddress + path, { method: "PUT", body });
        stack.configure({ servers: 1, labels: { team: "lab" } });
        await stack.up();
        await untilHealthy("api", 0, 5);
        expect(await healthy("other")).toHaveLength(1);
    });

    it("go with the stack", async () => {
        await stack.destroy();
        expect(await remains(name)).toEqual([]);
    });
});
