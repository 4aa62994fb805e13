import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fetchAt } from "./support/access.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { docker, hostOf, onMachine, remains } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const machine = (...words: string[]) => onMachine("lab-one", "machine", ...words);
const nodeNames = ["client-1", "server-1", "server-2", "server-3"];

describe.skipIf(missing !== undefined)("three servers and a client on one machine", () => {
    const stack = new LabStack("lab-one");
    const settings = { oneMachine: true, servers: 3, clients: 1 };
    const smaller = {
        ...settings,
        agentConfig: { telemetry: { metrics_prefix: "two" } },
        servers: 2,
        clients: 0,
    };
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure(settings);
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("is a cluster of four nodes, three of them healthy voters", async () => {
        const found = await servers(outputs);
        expect(found.map(({ Name, Voter, Healthy }) => [Name, Voter, Healthy])).toEqual([
            ["server-1", true, true],
            ["server-2", true, true],
            ["server-3", true, true],
        ]);
        expect(await catalog("nodes")).toEqual(nodeNames);
        expect(await catalog("service/consul")).toEqual(nodeNames.slice(1));
    });

    async function catalog(what: string): Promise<string[]> {
        const response = await fetchAt(`${outputs.httpAddress}/v1/catalog/${what}`);
        return ((await response.json()) as { Node: string }[]).map(({ Node }) => Node).sort();
    }

    it("serves its UI and answers DNS on the machine's address", async () => {
        const page = await fetchAt(outputs.uiUrl);
        expect(await page.text()).toContain("<title>Consul");
        const resolver = new Resolver();
        resolver.setServers([outputs.dnsAddress]);
        const found = await resolver.resolve4("consul.service.consul");
        const inside = nodeNames.slice(1).map((node) => outputs.nodes[node]?.address);
        expect(found.sort()).toEqual(inside.sort());
    });

    it("publishes one node's HTTP and DNS on the machine's address, and nothing else", async () => {
        const format = "--format={{.Names}} {{.Ports}}";
        const listed = (await machine("docker", "ps", format)).split("\n").sort();
        const { hostname } = new URL(outputs.httpAddress);
        const published = listed.map((line) => [
            line.split(" ")[0],
            ...[...line.matchAll(/([\d.]+:\d+)->\d+\/(tcp|udp)/g)].map(
                ([, at, protocol]) => `${at ?? ""}/${protocol ?? ""}`,
            ),
        ]);
        expect(published.map((row) => row.sort())).toEqual([
            ["client-1"],
            [`${hostname}:8501/tcp`, `${hostname}:8600/tcp`, `${hostname}:8600/udp`, "server-1"],
            ["server-2"],
            ["server-3"],
        ]);
    });

    it("is joined by the containers' names", async () => {
        const command = ["docker", "inspect", "--format={{.Config.Cmd}}"];
        const arguments_ = await Promise.all(nodeNames.map((node) => machine(...command, node)));
        const joined = arguments_.map((words) => words.match(/-retry-join=\S+/g) ?? []);
        const by = (...names: string[]) => names.map((name) => `-retry-join=${name}`);
        expect(joined).toEqual([
            by("server-1", "server-2", "server-3"),
            [],
            by("server-1"),
            by("server-1", "server-2"),
        ]);
    });

    it("is changed by no second up, and by no refresh", async () => {
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("changes its servers one after another and keeps what they hold", async () => {
        const before = await servers(outputs);
        expect(await put(outputs.httpAddress, "lab/kept", "through the change")).toBe(true);
        stack.configure({ ...settings, agentConfig: { telemetry: { metrics_prefix: "one" } } });
        await stack.up();
        const after = await servers(outputs);
        expect(after.map(({ ID }) => ID)).toEqual(before.map(({ ID }) => ID));
        expect(await get(outputs.httpAddress, "lab/kept")).toBe("through the change");
        await stack.up("--expect-no-changes");
    });

    it("is ready again, with the same data, after its machine was restarted", async () => {
        await docker("restart", "--time=20", hostOf("lab-one", "machine"));
        await untilWhole(outputs);
        expect(await get(outputs.httpAddress, "lab/kept")).toBe("through the change");
        expect(await catalog("nodes")).toEqual(nodeNames);
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("is started again, with the same data, after all of it was stopped", async () => {
        await machine("docker", "stop", "--time=5", ...nodeNames);
        await stack.up("--refresh");
        expect(await get(outputs.httpAddress, "lab/kept")).toBe("through the change");
        const found = await servers(outputs);
        expect(found.map(({ Voter, Healthy }) => [Voter, Healthy])).toEqual(
            found.map(() => [true, true]),
        );
        expect(await catalog("nodes")).toEqual(nodeNames);
    });

    it("takes back its first server without its data, and changes no other's", async () => {
        await machine("docker", "stop", "--time=5", "server-1");
        const data = "/var/lib/docker/volumes/consul-data-server-1/_data";
        await machine("find", data, "-mindepth", "1", "-delete");
        stack.configure({ ...settings, agentConfig: { telemetry: { metrics_prefix: "two" } } });
        await stack.up();
        expect(await get(outputs.httpAddress, "lab/kept")).toBe("through the change");
        const found = await servers(outputs);
        expect(found.map(({ Voter, Healthy }) => [Voter, Healthy])).toEqual(
            found.map(() => [true, true]),
        );
        expect(await catalog("service/consul")).toEqual(nodeNames.slice(1));
    });

    it("lets a server and a client leave, and touches no other", async () => {
        const ids = () => machine("docker", "ps", "--quiet", "--filter=name=server-[12]");
        const before = await ids();
        stack.configure(smaller);
        await stack.up();
        expect(await ids()).toBe(before);
        expect(await catalog("nodes")).toEqual(["server-1", "server-2"]);
        const found = await servers(outputs);
        expect(found.map(({ Name }) => Name)).toEqual(["server-1", "server-2"]);
    });

    it("refuses another first server, and changes nothing for it", async () => {
        const listed = [{ name: "server-2" }, { name: "server-1" }];
        stack.configure({ ...smaller, servers: listed });
        const refused = await stack.run(stack.upWords());
        expect(refused.exitCode).not.toBe(0);
        expect(refused.output).toContain(
            'servers: got "server-2" first; the cluster was made with',
        );
        stack.configure(smaller);
        await stack.up("--expect-no-changes");
    });

    it("refuses to replace the machine that has all of the data", async () => {
        const refused = await stack.run(stack.upWords("--replace", await urnOfMachine()));
        expect(refused.exitCode).not.toBe(0);
        expect(refused.output).toContain(
            'its machine "lab-one-machine" is to be replaced, and all',
        );
        expect(await get(outputs.httpAddress, "lab/kept")).toBe("through the change");
    });

    async function urnOfMachine(): Promise<string> {
        const urn = /urn:pulumi:[^"]*::consul-shared-machine(?=")/g;
        const found = (await stack.state()).match(urn) ?? [];
        return found.find((one) => one.includes("command:local:Command")) ?? "";
    }

    it("is destroyed without a trace", async () => {
        await stack.destroy();
        expect(await remains("lab-one")).toEqual([]);
    });
});
