import { expect, test } from "vitest";
import { topologyOf, type Drawable } from "../../support/pages/topology.ts";

/** The machine of a node, and its engine. */
function machine(node: string, address: string): Drawable[] {
    return [
        {
            key: `Command ${node}-machine`,
            name: `${node}-machine`,
            inputs: { create: "machine up", stdin: JSON.stringify({ machine: `dev-${node}` }) },
            provider: "",
        },
        {
            key: `Provider ${node}-docker`,
            name: `${node}-docker`,
            inputs: { host: `tcp://${address}:2376` },
            provider: "",
        },
    ];
}

function container(name: string, provider: string, inputs: object): Drawable {
    return {
        key: `Container ${name}`,
        name,
        inputs: { name, image: `${name}:1`, ...inputs },
        provider: `Provider ${provider}`,
    };
}

const resources = [
    ...machine("a", "10.0.0.1"),
    container("agent", "a-docker", {
        command: ["agent", "-server", "-node=a", "-advertise=10.0.0.1", "-bootstrap-expect=1"],
        ports: [
            { external: 8500, ip: "10.0.0.1" },
            { external: 8301, ip: "10.0.0.1" },
            { external: 8301, ip: "10.0.0.1" },
            { external: 53, ip: "172.17.0.1" },
        ],
    }),
    container("web", "a-docker", { envs: ["CONSUL=http://10.0.0.1:8500"], dns: ["172.17.0.1"] }),
    ...machine("b", "10.0.0.2"),
    container("client", "b-docker", {
        command: ["agent", "-node=b", "-advertise=10.0.0.2", "-retry-join=10.0.0.1"],
    }),
    container("watch", "b-docker", { command: ["consul-tls://10.0.0.2:8501"] }),
    // The lab machine itself, on this computer's engine: no part of the picture.
    container("host", "lab-docker", {}),
];

test("containers stand in their machines, with what reaches them and whom they ask", () => {
    expect(topologyOf(resources).split("\n")).toEqual([
        "```mermaid",
        "flowchart TB",
        '    subgraph machine_dev_a["machine dev-a, 10.0.0.1"]',
        '        agent["server a<br/>-bootstrap-expect=1<br/>ports 8301 8500<br/>ports 53 on 172.17.0.1"]',
        '        web["web<br/>web:1"]',
        "    end",
        '    subgraph machine_dev_b["machine dev-b, 10.0.0.2"]',
        '        client["client b"]',
        '        watch["watch<br/>watch:1"]',
        "    end",
        "    client -- joins --> agent",
        "    watch -- HTTPS --> client",
        "    web -- HTTP --> agent",
        "    web -- DNS --> agent",
        "```",
    ]);
});
