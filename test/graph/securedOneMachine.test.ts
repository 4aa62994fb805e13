import { expect, test } from "vitest";
import { ConsulCluster } from "../../components/cluster/consulCluster.ts";
import { property } from "../../scripts/system/json.ts";
import {
    clientNames,
    endpointOf,
    nodeNames,
    requestOf,
    scriptOutputs,
    serverNames,
} from "../support/cluster.ts";
import { declare, valueOf } from "../support/declare.ts";

const { address } = endpointOf("shared");
const httpAddress = `https://${address}:8501`;

const { declared, cluster } = await declareShared();

/** A secured cluster of three servers and two clients on one machine. */
async function declareShared() {
    const made = await declare(
        () =>
            new ConsulCluster("consul", {
                machine: { driver: "generic", address },
                servers: serverNames.map((name) => ({ name })),
                clients: clientNames.map((name) => ({ name })),
                datacenter: "dc1",
                image: { kind: "pulled", reference: "hashicorp/consul:1.22.2" },
                store: { path: ".state/machines/mocked" },
            }),
        { outputs: scriptOutputs },
    );
    return { declared: made.declared, cluster: made.result };
}

function find(key: string) {
    const found = declared.find((one) => one.key === key);
    if (found === undefined) {
        throw new Error(`"${key}" was not declared`);
    }
    return found;
}

test("the first server alone is reached, over HTTPS and DNS", async () => {
    const published = nodeNames.map((node) => {
        const { ports } = find(`Container consul-${node}-agent`).inputs;
        return (ports as readonly { external: number; ip: string }[]).map(
            ({ external, ip }) => `${ip}:${external}`,
        );
    });
    const reached = [`${address}:8501`, `${address}:8600`, `${address}:8600`];
    expect(published).toEqual([reached, [], [], [], []]);
    expect(await valueOf(cluster.httpAddress)).toBe(httpAddress);
});

test("each node has a volume of its own for its configuration", () => {
    for (const node of nodeNames) {
        const { inputs, provider } = find(`Volume consul-${node}-config`);
        expect([inputs.name, provider]).toEqual([
            `consul-config-${node}`,
            "Provider consul-shared-docker",
        ]);
        expect(find(`Container consul-${node}-agent`).inputs).toMatchObject({
            volumes: [
                { volumeName: `consul-data-${node}`, containerPath: "/consul/data" },
                { volumeName: `consul-config-${node}`, containerPath: "/consul-machines" },
            ],
            readOnly: true,
            user: "100:1000",
        });
    }
});

test("a certificate is for the node's own address, and the reached one's for the machine's too", () => {
    const own = (node: string) =>
        find(`Container consul-${node}-agent`).inputs.networksAdvanced as readonly {
            ipv4Address: string;
        }[];
    for (const node of nodeNames) {
        const request = requestOf(find(`Command consul-${node}-files`));
        const inside = own(node)[0]?.ipv4Address;
        expect(property(request, "addresses")).toEqual(
            node === "server-1" ? [inside, address] : [inside],
        );
    }
});

test("of the others only the reached one is asked, by its own name", () => {
    for (const node of nodeNames) {
        const request = requestOf(find(`Command consul-${node}-files`));
        expect(request).toMatchObject({
            httpAddress,
            askThrough: "server-1",
            servers: node === "server-1" ? {} : { "server-1": httpAddress },
            agent: { machine: "dev-machine", container: node },
            volumes: { config: `consul-config-${node}`, data: `consul-data-${node}` },
        });
    }
    const rights = requestOf(find("Command consul-grant"));
    expect(property(property(rights, "nodes"), "server-2")).toEqual({
        role: "server",
        httpAddress,
        askThrough: "server-1",
        agent: { store: ".state/machines/mocked", machine: "dev-machine", container: "server-2" },
    });
    expect(requestOf(find("Command consul-cluster-ready"))).toMatchObject({
        contact: httpAddress,
        contactName: "server-1",
    });
});
