import { expect, test } from "vitest";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import { portsLabel } from "../../scripts/protocol/labels.ts";
import { addresses, declareCluster, labelOf, requestOf } from "../support/cluster.ts";
import { valueOf, type Declared } from "../support/declare.ts";

const settings = {
    ports: { http: 9500, https: 9443, dns: 8653, grpcTls: 8503 },
    dnsOnAddress: true,
    httpOnBridge: true,
    publish: [{ port: 9102, roles: ["client"], purpose: "metrics" }],
} satisfies Partial<ConsulClusterArgs>;

const secured = { security: "full", ...settings } satisfies Partial<ConsulClusterArgs>;

/** The environment, command and health check of an agent's container. */
const unchanged = ({ inputs }: Declared) => {
    const { command, envs, healthcheck } = inputs;
    return { command, envs, healthcheck };
};

test("an agent's container publishes what the settings say, each where they say", async () => {
    const { find } = await declareCluster("generic", secured);
    const at = addresses["client-1"] ?? "";
    expect(labelOf(find("Container consul-client-1-agent"), portsLabel)).toBe(
        [
            `8301/tcp=${at}:8301`,
            `8301/udp=${at}:8301`,
            `8501/tcp=${at}:9443`,
            "8500/tcp=172.17.101.1:9500",
            `8600/tcp=${at}:8653`,
            `8600/tcp=${at}:53`,
            `8600/udp=${at}:8653`,
            `8600/udp=${at}:53`,
            `8503/tcp=${at}:8503`,
            `9102/tcp=${at}:9102`,
        ].join(" "),
    );
    const server = labelOf(find("Container consul-server-1-agent"), portsLabel);
    expect(server).not.toContain("9102");
});

test("inside of the container everything finds the agent as before", async () => {
    const [before, now] = await Promise.all([
        declareCluster("generic", { security: "full" }),
        declareCluster("generic", secured),
    ]);
    for (const node of ["server-1", "client-1"]) {
        const key = `Container consul-${node}-agent`;
        expect(unchanged(now.find(key))).toEqual(unchanged(before.find(key)));
    }
});

test("gates, clearances and outputs go to the ports that are declared", async () => {
    const { find, cluster } = await declareCluster("generic", secured);
    const own = "https://10.0.0.12:9443";
    for (const what of ["ready", "agent-clearance", "files", "member"]) {
        expect(requestOf(find(`Command consul-server-2-${what}`))).toMatchObject({
            httpAddress: own,
        });
    }
    expect(requestOf(find("Command consul-server-2-ready"))).toMatchObject({
        servers: { "server-1": "https://10.0.0.11:9443", "server-3": "https://10.0.0.13:9443" },
    });
    expect(requestOf(find("Command consul-cluster-ready"))).toMatchObject({
        contact: "https://10.0.0.11:9443",
    });
    expect(await valueOf(cluster.httpAddress)).toBe("https://10.0.0.11:9443");
    expect(cluster.uiUrl && (await valueOf(cluster.uiUrl))).toBe("https://10.0.0.11:9443/ui/");
    expect(await valueOf(cluster.dnsAddress)).toBe("10.0.0.11:8653");
});

test("a port that is bound twice is compared by the label, for the engine reports the two in either order", async () => {
    const twice = await declareCluster("generic", { dnsOnAddress: true });
    const once = await declareCluster("generic", { ports: { dns: 53 } });
    const key = "Container consul-client-1-agent";
    expect(twice.find(key).ignoreChanges).toContain("ports");
    expect(once.find(key).ignoreChanges).not.toContain("ports");
});

test("nodes that join an open cluster ask it at the port that they have themselves", async () => {
    const { find, cluster } = await declareCluster("generic", {
        servers: [],
        join: ["10.0.9.1"],
        ports: { http: 9500, dns: 8653 },
    });
    expect(requestOf(find("Command consul-cluster-ready"))).toMatchObject({
        contact: "http://10.0.9.1:9500",
    });
    expect(await valueOf(cluster.dnsAddress)).toBe("10.0.9.1:8653");
});

test("what cannot be had is refused before anything is declared, all of it at once", async () => {
    const declaring = declareCluster("generic", {
        ports: { https: 9443, grpc: 80 },
        publish: [{ port: 8500, purpose: "metrics" }],
    });
    await expect(declaring).rejects.toThrow(
        /ports\.https: got 9443; [^\n]*\n {2}ports\.grpc: got 80; at least 1024/,
    );
});
