import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose } from "../../cli/doctor/findings.ts";
import { clusterChecks } from "../../cli/doctor/checks/allChecks.ts";
import { gatherStack } from "../../cli/doctor/gather/stack.ts";
import { declaredPorts } from "../../cli/doctor/publishedPorts.ts";
import { clustersIn } from "../../cli/stack/stateCluster.ts";
import { StackState } from "../../cli/stack/stackState.ts";
import { property } from "../../scripts/system/json.ts";
import { serverIds, untilWhole } from "./support/cluster.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { lostWrites, OutsideClient } from "./support/outsideClient.ts";
import { ask, openPorts } from "./support/outsider.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-ports";

const settings = {
    security: "full",
    servers: 3,
    clients: 1,
    ports: { https: 9443, dns: 8653, grpcTls: 8503 },
    dnsOnAddress: true,
    httpOnBridge: true,
    // What answers inside is the DNS over TCP of the agent.
    publish: [{ port: 9102, internal: 8600, roles: ["client"], purpose: "names for a sidecar" }],
};

describe.skipIf(missing !== undefined)("a secured stack with ports of its own", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    const addressOf = (node: string) => outputs.nodes[node]?.address ?? "";
    const there = (node: string, script: string) => onMachine(name, node, "sh", "-c", script);
    const access = () => ({ ca: outputs.caCertificate, tokens: outputs.managementToken });
    const apis = (port: number) =>
        ["server-1", "server-2", "server-3"].map((node) => `https://${addressOf(node)}:${port}`);

    beforeAll(async () => {
        await stack.init();
        stack.configure(settings);
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("has its outputs, and nothing to do at a second up", async () => {
        expect(outputs.httpAddress).toBe(`https://${addressOf("server-1")}:9443`);
        expect(outputs.dnsAddress).toBe(`${addressOf("server-1")}:8653`);
        await stack.up("--expect-no-changes");
    });

    it("takes connections at the declared ports of each machine, and at no other of Consul's", async () => {
        const consul = (ports: readonly number[]) =>
            ports.filter((port) => port !== 22 && port !== 2376);
        const server = consul(await openPorts(addressOf("server-1"), 9500));
        expect(server).toEqual([53, 8300, 8301, 8503, 8653, 9443]);
        const client = consul(await openPorts(addressOf("client-1"), 9500));
        expect(client).toEqual([53, 8301, 8503, 8653, 9102, 9443]);
    });

    it.each([53, 8653])("answers DNS at port %i of its machine's own address", async (port) => {
        const resolver = new Resolver({ timeout: 2000, tries: 2 });
        resolver.setServers([`${addressOf("client-1")}:${port}`]);
        const found = await resolver.resolve4("consul.service.consul");
        expect(found.sort()).toEqual(["server-1", "server-2", "server-3"].map(addressOf).sort());
    });

    it("speaks TLS at the port of gRPC", async () => {
        const asked = ask(`https://${addressOf("server-2")}:8503/`, {
            ca: outputs.caCertificate ?? "",
        });
        // HTTP/1 is no gRPC; that it is refused only behind the handshake is the point.
        await expect(asked).rejects.not.toThrow(/ECONNREFUSED|certificate|wrong version/);
    });

    it("is asked without TLS by containers of the machine alone, and asks them for a token", async () => {
        const bridge = (
            await there(
                "client-1",
                "docker network inspect bridge -f '{{(index .IPAM.Config 0).Gateway}}'",
            )
        ).trim();
        const image = (
            await there("client-1", "docker inspect -f '{{.Config.Image}}' consul")
        ).trim();
        const asking = (token: string) =>
            there(
                "client-1",
                `docker run --rm --env CONSUL_HTTP_ADDR=http://${bridge}:8500 --env CONSUL_HTTP_TOKEN=${token} ` +
                    `--entrypoint consul ${image} operator raft list-peers 2>&1 || true`,
            );
        expect(await asking(outputs.managementToken ?? "")).toContain("leader");
        expect(await asking("")).toContain("Permission denied");
        const bound = await there("client-1", "docker port consul 8500/tcp");
        expect(bound.trim()).toBe(`${bridge}:8500`);
    });

    it("is well in doctor's eyes, which knows its ports from the state", async () => {
        const exported: unknown = JSON.parse(await stack.state());
        const state = new StackState(property(exported, "deployment"));
        const [cluster] = clustersIn(state, "consul-machines", name);
        const facts = await gatherStack({
            nodes: outputs.nodes,
            store: `.state/machines/${name}`,
            access: outputs.access,
            declared: cluster && declaredPorts(cluster),
        });
        expect(facts.nodes.every(({ declared = [] }) => declared.length > 0)).toBe(true);
        expect(diagnose(clusterChecks, facts)).toEqual([]);
    });

    it("moves its API to another port while it runs: no write is lost, and every server keeps its identity", async () => {
        const before = await serverIds(outputs);
        const client = new OutsideClient([...apis(9443), ...apis(9444)], access());
        stack.configure({ ...settings, ports: { ...settings.ports, https: 9444 } });
        await stack.up();
        const { acknowledged } = await client.stop();
        outputs = await stack.outputs();
        await untilWhole(outputs);
        expect(outputs.httpAddress).toBe(`https://${addressOf("server-1")}:9444`);
        expect(acknowledged.length).toBeGreaterThan(0);
        expect(await lostWrites(outputs.httpAddress, acknowledged, access())).toEqual([]);
        expect(await serverIds(outputs)).toEqual(before);
        await stack.up("--expect-no-changes");
    });
});
