import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { divertingEffects } from "../../scripts/protocol/dockerVariables.ts";
import { fetchAt } from "./support/access.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { docker, hostOf, onMachine, remains, volumes, volumesOf } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing, providers } from "./support/pieces.ts";

/** Resources by name, with their types, of a preview's or an update's lines. */
function listed(output: string): string[] {
    const rows = [...output.matchAll(/^ *\+ {1,2}(\S+:\S+) (\S+) (?:create|creating)\b/gm)];
    return [...new Set(rows.map(([, type, name]) => `${type} ${name}`))].sort();
}

describe.skipIf(missing !== undefined)("a stack of three servers on lab machines", () => {
    // Variables of a shell that would send docker-machine elsewhere if they reached it.
    const stack = new LabStack("lab-forming", {
        GENERIC_IP_ADDRESS: "192.0.2.1",
        GENERIC_SSH_USER: "nobody",
        MACHINE_STORAGE_PATH: "/nonexistent",
    });
    let outputs: Outputs;
    let previewed = "";
    let made = "";

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3, dnsOnBridge: true });
        previewed = await stack.must(stack.words("preview"));
        made = await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("is listed by the preview of an empty stack, down to the last resource", () => {
        expect(listed(previewed).length).toBeGreaterThan(30);
        expect(listed(made)).toEqual(listed(previewed));
    });

    it("has three healthy voters, one of them the leader", async () => {
        const found = await servers(outputs);
        expect(found.map(({ Name, Voter, Healthy }) => [Name, Voter, Healthy])).toEqual([
            ["server-1", true, true],
            ["server-2", true, true],
            ["server-3", true, true],
        ]);
        expect(found.filter(({ Leader }) => Leader)).toHaveLength(1);
    });

    it("serves its UI", async () => {
        const page = await fetchAt(outputs.uiUrl);
        expect(page.status).toBe(200);
        expect(await page.text()).toContain("<title>Consul");
    });

    it("reads on two nodes what was written on the third", async () => {
        const [one, two, three] = Object.values(outputs.nodes).map((node) => node.httpAddress);
        expect(await put(one ?? "", "lab/forming", "written on one")).toBe(true);
        expect(await get(two ?? "", "lab/forming")).toBe("written on one");
        expect(await get(three ?? "", "lab/forming")).toBe("written on one");
    });

    it("answers DNS for its own service with the machines' addresses", async () => {
        const resolver = new Resolver();
        resolver.setServers([outputs.dnsAddress]);
        const found = await resolver.resolve4("consul.service.consul");
        expect(found.sort()).toEqual(Object.values(outputs.nodes).map((node) => node.address));
    });

    it("binds each port to the machine's address, and DNS to its bridge as well", async () => {
        const listening = await onMachine("lab-forming", "server-1", "docker", "port", "consul");
        const own = outputs.nodes["server-1"]?.address ?? "";
        const addresses = listening.split("\n").map((line) => line.split(" -> ")[1] ?? "");
        expect(addresses.sort()).toEqual(
            ["8300", "8301", "8301", "8501", "8600", "8600"]
                .map((port) => `${own}:${port}`)
                .concat(["172.17.0.1:53", "172.17.0.1:53"])
                .sort(),
        );
    });

    it("started the bootstrap server before every server that joins it", async () => {
        const nodes = Object.keys(outputs.nodes);
        const command = ["inspect", "--format={{.Config.Cmd}}", "consul"];
        const [bootstrap = "", ...joining] = await Promise.all(
            nodes.map((node) => onMachine("lab-forming", node, "docker", ...command)),
        );
        expect(bootstrap).toContain("-bootstrap-expect=3");
        for (const one of joining) {
            expect(one).toContain(`-retry-join=${outputs.nodes["server-1"]?.address ?? ""}`);
            expect(one).not.toContain("-bootstrap-expect");
        }
        const [first = 0, ...later] = await Promise.all(nodes.map(firstStart));
        expect(first).toBeGreaterThan(0);
        expect(later.filter((start) => start <= first)).toEqual([]);
    });

    /** When a node's engine first reported the start of the agent's container, in nanoseconds. */
    async function firstStart(node: string): Promise<number> {
        const filters = ["--filter=container=consul", "--filter=event=start"];
        const span = ["--since=1h", "--until=0s", "--format={{.TimeNano}}"];
        const words = ["docker", "events", ...span, ...filters];
        const printed = await onMachine("lab-forming", node, ...words);
        return Number(printed.split("\n")[0]);
    }

    it("is changed by no second up, and by no refresh", async () => {
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("shows no private key, in its state or its output", async () => {
        const state = await stack.state();
        expect(state).toContain("consul-server-1-machine");
        for (const text of [state, previewed, made]) {
            expect(text).not.toContain("PRIVATE KEY");
        }
    });

    it("says how it is secured, and warns of nothing", () => {
        expect(made).toMatch(/security +: "full"/);
        expect(made).toMatch(/managementToken *: \[secret\]/);
        expect(made).not.toContain("This cluster is open");
    });

    it("does nothing under a shell that points to another engine", async () => {
        for (const name of Object.keys(divertingEffects)) {
            const words = stack.upWords("--expect-no-changes");
            const run = await stack.run(words, { [name]: "tcp://192.0.2.1:2376" });
            if (providers === "embedded") {
                // The variable reaches neither Pulumi nor a provider.
                expect(run.output).not.toContain(name);
                expect(run.exitCode).toBe(0);
            } else {
                expect(run.exitCode).not.toBe(0);
                expect(run.output).toContain(`${name}: got "tcp://192.0.2.1:2376"; it `);
            }
        }
        await stack.up("--expect-no-changes");
    });

    it("forms again from nothing when its containers are started in another order", async () => {
        const nodes = ["server-3", "server-2", "server-1"];
        for (const node of nodes) {
            await onMachine("lab-forming", node, "docker", "stop", "--time=5", "consul");
            const data = "/var/lib/docker/volumes/consul-data/_data";
            await onMachine("lab-forming", node, "find", data, "-mindepth", "1", "-delete");
        }
        for (const node of nodes) {
            await onMachine("lab-forming", node, "docker", "start", "consul");
        }
        await untilWhole(outputs);
    });

    it("changes its servers one after another and keeps what they hold", async () => {
        const before = await servers(outputs);
        expect(await put(outputs.httpAddress, "lab/kept", "through the change")).toBe(true);
        stack.configure({ servers: 3, dnsOnBridge: true, agentConfig: { log_level: "DEBUG" } });
        await stack.up();
        const after = await servers(outputs);
        expect(after.map(({ ID }) => ID)).toEqual(before.map(({ ID }) => ID));
        expect(await get(outputs.httpAddress, "lab/kept")).toBe("through the change");
    });

    it("is destroyed without a trace, one machine off and one gone", async () => {
        const hosts = Object.keys(outputs.nodes).map((node) => hostOf("lab-forming", node));
        const held = (await Promise.all(hosts.map(volumesOf))).flat();
        expect(held).toHaveLength(3);
        await docker("stop", hostOf("lab-forming", "server-2"));
        await docker("rm", "--force", "--volumes", hostOf("lab-forming", "server-3"));
        await stack.destroy("--run-program");
        expect(await remains("lab-forming")).toEqual([]);
        const left = await volumes();
        expect(left.filter((volume) => held.includes(volume))).toEqual([]);
    });
});
