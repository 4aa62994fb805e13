import { expect, test } from "vitest";
import type { AgentTrial } from "../../scripts/protocol/agentTrial.ts";
import {
    clientNames,
    declareCluster,
    plainCluster,
    requestOf,
    securedCluster,
    serverNames,
} from "../support/cluster.ts";

test("a client is tried before its container is replaced, with what its container is made of", async () => {
    const { find } = await declareCluster("generic", {
        agentConfig: { log_level: "debug", telemetry: { disable_hostname: true } },
        environment: { GOMAXPROCS: "2" },
    });

    const check = find("Command consul-client-1-agent-check");
    const agent = find("Container consul-client-1-agent");
    expect(agent.dependsOn).toContain(check.key);
    expect(check.dependsOn).toEqual(
        expect.arrayContaining([
            "RemoteImage consul-client-1-image",
            "Volume consul-client-1-data",
        ]),
    );
    const trial = requestOf(check) as AgentTrial;
    const [upload] = agent.inputs.uploads as { readonly file: string; readonly content: string }[];
    expect(trial).toMatchObject({
        nodeName: "client-1",
        role: "client",
        httpAddress: "http://10.0.0.101:8500",
        servers: {},
        agent: { store: ".state/machines/mocked", machine: "dev-client-1", container: "consul" },
        container: {
            image: agent.inputs.image,
            arguments: agent.inputs.command,
            environment: ["GOMAXPROCS=2"],
            dataDirectory: "/consul/data",
            mounts: [],
            files: [{ path: upload?.file, text: upload?.content }],
        },
        config: { telemetry: { disable_hostname: true } },
        sources: [{ path: "agentConfig", config: { telemetry: { disable_hostname: true } } }],
        flags: { server: false, node_name: "client-1", advertise_addr: "10.0.0.101" },
    });
    expect(Object.keys(trial)).not.toContain("allowVersion");
});

test("it is tried once the servers are through, and before its own container alone", async () => {
    const { find } = await plainCluster("generic");
    for (const name of clientNames) {
        expect(find(`Command consul-${name}-agent-check`).dependsOn).toContain(
            "Command consul-server-3-ready",
        );
    }
    for (const name of serverNames) {
        expect(find(`Command consul-${name}-agent-clearance`).dependsOn.join(" ")).not.toContain(
            "check",
        );
    }
});

test("in a secured cluster its trial has what its volume will have, and comes before anything is written on it", async () => {
    const { find } = await securedCluster("generic");
    const check = find("Command consul-client-1-agent-check");
    expect(find("Command consul-client-1-files").dependsOn).toContain(check.key);
    const { container, access } = requestOf(check) as AgentTrial;
    expect(access).toMatch(/^\.state\/machines\/mocked\/access\//);
    expect(container).toMatchObject({
        user: "100:1000",
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        tmpfs: { "/tmp": "" },
        mounts: ["/consul-machines"],
        files: [{ path: "/consul-machines/agent.json" }],
    });
});

test("a version that is allowed is a part of it", async () => {
    const { find } = await declareCluster("generic", { allowVersion: "1.20.6" });
    const trial = requestOf(find("Command consul-client-1-agent-check"));
    expect(trial).toMatchObject({ allowVersion: "1.20.6" });
});
