import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { ServiceArgs } from "../../components/node/serviceArgs.ts";
import { ToolMissing, obtain } from "../../cli/tools/obtain.ts";
import { registratorImageTool } from "../../cli/tools/programImages.ts";
import { eventually } from "../../cli/example/check.ts";
import type { StackClients } from "../../cli/stack/stackClients.ts";
import { LabExample } from "./support/labExample.ts";
import type { Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** The committed files: what the example asks for. */
const { config } = parse(readFileSync("examples/registration/Pulumi.dev.yaml", "utf8")) as {
    readonly config: Readonly<Record<string, readonly NodeArgs[]>>;
};
const clients = config["registration:clients"] ?? [];

/** Why there is no registrator to be tried; undefined where there is one. */
async function lacking(): Promise<string | undefined> {
    try {
        await obtain(registratorImageTool("gliderlabs/registrator:v7"));
        return undefined;
    } catch (error) {
        if (error instanceof ToolMissing) {
            return error.reason;
        }
        throw error;
    }
}

const reason = missing ?? (await lacking());
const title = reason === undefined ? "" : `: skipped, ${reason}`;

describe.skipIf(reason !== undefined)(`the example registration${title}`, () => {
    const example = new LabExample("registration");
    let said = "";
    let outputs: Outputs;
    let agents: StackClients;

    beforeAll(async () => {
        said = await example.up();
        outputs = await example.outputs<Outputs>();
        agents = await example.clients();
    });

    afterAll(async () => {
        await example.destroy();
    });

    /** How often a service is in the catalog, as the server has it. */
    function entries(service: string, query = ""): Promise<unknown[]> {
        return agents.of("server-1").get(`/v1/health/service/${service}${query}`);
    }

    /** Waits until a service is there so often, and healthy; the seconds that it took. */
    async function untilThere(service: string, times: number, within: number): Promise<number> {
        const began = Date.now();
        await eventually(`${times} times ${service}`, within, async () => {
            const query = times > 0 ? "?passing=true" : "";
            const found = (await entries(service, query)).length;
            if (found !== times) {
                throw new Error(`there are ${found}`);
            }
        });
        return (Date.now() - began) / 1000;
    }

    /** Has an agent do something. */
    async function put(node: string, path: string): Promise<void> {
        (await agents.of(node).send(path, { method: "PUT" })).resume();
    }

    function agentOf(node: string): Promise<string> {
        return example.onMachine(node, "docker", "inspect", "--format={{.Id}}", "consul");
    }

    it("shows both ways into the catalog, each with its machine's address", () => {
        expect(said).toContain("redis, registered by itself, is at 10.89.24.101:6379, healthy");
        expect(said).toContain("cache, declared with its node, is at 10.89.24.102:6379, healthy");
        expect(said).toContain("besides Consul itself there is no other service");
    });

    it("is changed by no second up", async () => {
        expect(await example.up()).toContain("nothing was changed");
    });

    it("loses a container that is killed within 15 s, and knows it again when it is back", async () => {
        await example.onMachine("client-1", "docker", "kill", "redis");
        expect(await untilThere("redis", 0, 15)).toBeLessThan(15);
        await example.onMachine("client-1", "docker", "start", "redis");
        await untilThere("redis", 1, 15);
    });

    it("has it again when Consul is restarted", async () => {
        await example.onMachine("client-1", "docker", "restart", "consul");
        await eventually("its agent knows redis", 30, async () => {
            const known = await agents.of("client-1").services();
            expect(Object.keys(known)).toEqual(["client-1:redis:6379"]);
        });
        await untilThere("redis", 1, 30);
    });

    it("registers again in its next round what an agent has lost", async () => {
        await put("client-1", "/v1/agent/service/deregister/client-1:redis:6379");
        await untilThere("redis", 0, 5);
        await untilThere("redis", 1, 45);
    });

    it("deregisters what ended while registrator was stopped", async () => {
        await example.onMachine("client-1", "docker", "stop", "registrator");
        await example.onMachine("client-1", "docker", "kill", "redis");
        await new Promise((over) => setTimeout(over, 3000));
        expect(await entries("redis")).toHaveLength(1);
        await example.onMachine("client-1", "docker", "start", "registrator");
        await untilThere("redis", 0, 15);
        await example.onMachine("client-1", "docker", "start", "redis");
        await untilThere("redis", 1, 15);
    });

    it("changes declared services without touching a container", async () => {
        const before = await Promise.all(Object.keys(outputs.nodes).map(agentOf));
        const services: ServiceArgs[] = [
            { name: "store", port: 6379, checks: [{ kind: "tcp", interval: "1s" }] },
            { name: "worker", checks: [{ kind: "ttl", ttl: "2s" }] },
        ];
        const changed = clients.map((node) => ({
            ...node,
            ...(node.services === undefined ? {} : { services }),
        }));
        // The example's own check misses the service that was taken out.
        await expect(example.up({ clients: JSON.stringify(changed) })).rejects.toThrow(
            "cache is at 10.89.24.102:6379, healthy: after 15 s",
        );
        await untilThere("cache", 0, 5);
        await untilThere("store", 1, 5);
        expect(await entries("worker", "?passing=true")).toEqual([]);
        await put("client-2", "/v1/agent/check/pass/service:worker");
        await untilThere("worker", 1, 2);
        await eventually("a worker that does not respond is critical", 6, async () => {
            expect(await entries("worker", "?passing=true")).toEqual([]);
        });
        await example.onMachine("client-2", "docker", "restart", "consul");
        await untilThere("store", 1, 30);
        expect(await example.up()).toContain("cache, declared with its node");
        expect(await Promise.all(Object.keys(outputs.nodes).map(agentOf))).toEqual(before);
    });

    it("leaves nothing when it is removed", async () => {
        await example.destroy();
        expect(await example.remains()).toEqual([]);
    });
});
