import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { renewalPeriod } from "../../components/cluster/securityCommands.ts";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import {
    addresses,
    authority,
    clientNames,
    clusterArgs,
    declareCluster,
    joinAuthorities,
    keysOf,
    labelOf,
    machines,
    nodeNames,
    plainCluster,
    requestOf,
    securedCluster,
    seed,
    serverNames,
    tokens,
} from "../support/cluster.ts";
import { isSecret, valueOf } from "../support/declare.ts";
import { property } from "../../scripts/system/json.ts";

const access = ".state/machines/mocked/access/consul-machines%2Fdev%2Fconsul.json";
const first = { seed: 1, ca: 1, leaf: 1, gossip: 1, tokens: 1, management: 1 };
const https = (node: string) => `https://${addresses[node] ?? ""}:8501`;
const files = (node: string) => `Command consul-${node}-files`;
const agent = (node: string) => `Container consul-${node}-agent`;

describe.each(Object.keys(machines) as (keyof typeof machines)[])("on %s machines", (driver) => {
    test("a secured cluster is the resources of an open one, and these", async () => {
        // One after another: a process has one mock engine.
        const open = await plainCluster(driver);
        const full = await securedCluster(driver);

        const before = new Set(keysOf(open.declared));
        const added = keysOf(full.declared).filter((key) => !before.has(key));
        expect(added).toEqual(
            [
                ...["seed", "ca", "joining", "access", "grant", "settle"].map(
                    (one) => `Command consul-${one}`,
                ),
                ...nodeNames.flatMap((node) => [files(node), `Volume consul-${node}-config`]),
            ].sort(),
        );
        expect(full.declared.length).toBe(open.declared.length + added.length);
    });

    test("a preview, which knows no output yet, declares every one of them", async () => {
        const full = await securedCluster(driver);
        const { declared } = await declareCluster(driver, { security: "full" }, { preview: true });

        expect(keysOf(declared)).toEqual(keysOf(full.declared));
    });
});

test("the seed and the CA know no node, and stay what they are until their number changes", async () => {
    const { find } = await securedCluster("generic");

    for (const what of ["seed", "ca"]) {
        const { inputs, secretOutputs, dependsOn } = find(`Command consul-${what}`);
        expect(inputs).toMatchObject({
            create: `secret ${what}`,
            update: "secret keep",
            stdin: "{}",
            triggers: ["1"],
            logging: "stderr",
            addPreviousOutputInEnv: true,
        });
        expect([inputs.delete, secretOutputs, dependsOn]).toEqual([undefined, ["stdout"], []]);
    }
    const { find: later } = await declareCluster("generic", {
        security: "full",
        rotate: { seed: 3, ca: 2 },
    });
    expect(later("Command consul-seed").inputs.triggers).toEqual(["3"]);
    expect(later("Command consul-ca").inputs.triggers).toEqual(["2"]);
});

test("the access file is written from a secret request, before any node's files", async () => {
    const { find } = await securedCluster("generic");

    const written = find("Command consul-access");
    expect(isSecret(property(written.wire, "stdin"))).toBe(true);
    expect(written.inputs).toMatchObject({ logging: "stderr", addPreviousOutputInEnv: false });
    expect([written.inputs.create, written.inputs.delete]).toEqual([
        "access write",
        "access remove",
    ]);
    const nodes = Object.fromEntries(
        nodeNames.map((name) => [
            name,
            {
                role: serverNames.includes(name) ? "server" : "client",
                httpAddress: https(name),
                agent: {
                    store: ".state/machines/mocked",
                    machine: `dev-${name}`,
                    container: "consul",
                },
            },
        ]),
    );
    const rights = { access, rotation: first, nodes };
    expect(requestOf(written)).toEqual({
        ...rights,
        datacenter: "dc1",
        domain: "consul",
        seed,
        ca: authority,
        joinAuthorities: joinAuthorities.clientCertificate + joinAuthorities.serverCertificate,
    });
    expect(written.dependsOn).toEqual(
        // What the formation refuses changes no secret.
        ["ca", "formation", "joining", "seed", "store"].map((one) => `Command consul-${one}`),
    );
    for (const node of nodeNames) {
        expect(find(files(node)).dependsOn).toContain("Command consul-access");
    }
    // No other Command is given a secret.
    for (const what of ["grant", "settle"]) {
        const one = find(`Command consul-${what}`);
        expect(requestOf(one)).toEqual(rights);
        expect(isSecret(property(one.wire, "stdin"))).toBe(false);
    }
});

test("machines that tell their addresses themselves come before the access file", async () => {
    const { find } = await securedCluster("virtualbox");

    expect(find("Command consul-access").dependsOn).toEqual(
        expect.arrayContaining(nodeNames.map((node) => `Command consul-${node}-machine`)),
    );
});

test("tokens are made behind the servers, before the client agents", async () => {
    const { find } = await securedCluster("generic");

    const gates = serverNames.map((node) => `Command consul-${node}-ready`);
    expect(find("Command consul-grant").dependsOn).toEqual(["Command consul-formation", ...gates]);
    for (const node of nodeNames) {
        const isClient = clientNames.includes(node);
        for (const key of [files(node), agent(node)]) {
            expect(find(key).dependsOn.includes("Command consul-grant")).toBe(isClient);
        }
    }
    expect(find("Command consul-cluster-ready").dependsOn).toContain("Command consul-grant");
});

test("a rotation is settled behind the cluster's gate, and all services have their new tokens", async () => {
    const services = [{ name: "web", port: 80 }];
    const { servers } = clusterArgs("generic");
    const { find } = await declareCluster("generic", {
        security: "full",
        servers: (servers as NodeArgs[]).map((node) => ({ ...node, services })),
    });

    expect(find("Command consul-settle").dependsOn).toEqual([
        "Command consul-cluster-ready",
        "Command consul-formation",
        ...serverNames.map((node) => `Command consul-${node}-services`),
    ]);
    expect(requestOf(find("Command consul-server-1-services"))).toMatchObject({
        access,
        tokens: 1,
    });
});

test("a node's files are written behind its image, its volumes and its clearance, before its container", async () => {
    const { find } = await securedCluster("generic");

    const own = (node: string) => [
        `RemoteImage consul-${node}-image`,
        `Volume consul-${node}-config`,
        `Volume consul-${node}-data`,
    ];
    for (const node of nodeNames) {
        const cleared = serverNames.includes(node)
            ? [`Command consul-${node}-agent-clearance`]
            : [];
        expect(find(files(node)).dependsOn).toEqual(
            expect.arrayContaining([...own(node), ...cleared]),
        );
        expect(find(agent(node)).dependsOn).toEqual(
            expect.arrayContaining([...own(node), ...cleared, files(node)]),
        );
        const machine = `Command consul-${node}-machine`;
        expect([find(files(node)).deletedWith, find(files(node)).replaceWith]).toEqual([
            machine,
            [machine],
        ]);
    }
    expect(find("Command consul-server-2-agent-clearance").dependsOn).toEqual(
        expect.arrayContaining(own("server-2")),
    );
});

test("what the files are made from names the node, its volumes and its certificate, and no secret", async () => {
    const { find } = await securedCluster("generic");

    const request = requestOf(find(files("server-2")));
    const digest = labelOf(find(agent("server-2")), "consul-machines.config");
    expect(request).toEqual({
        nodeName: "server-2",
        httpAddress: https("server-2"),
        access,
        role: "server",
        servers: { "server-1": https("server-1"), "server-3": https("server-3") },
        agent: { store: ".state/machines/mocked", machine: "dev-server-2", container: "consul" },
        owner: "consul-machines/dev",
        image: "hashicorp/consul:1.22.2",
        volumes: { config: "consul-config", data: "consul-data" },
        config: property(request, "config"),
        digest,
        addresses: [addresses["server-2"]],
        rotation: first,
        renewal: renewalPeriod(new Date()),
    });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(property(request, "config")).toMatchObject({ acl: { default_policy: "deny" } });
});

test("the formation records that a cluster is secured, and says nothing of an open one", async () => {
    const full = await securedCluster("generic");
    expect(requestOf(full.find("Command consul-formation"))).toMatchObject({ security: "full" });
    const open = await plainCluster("generic");
    expect(requestOf(open.find("Command consul-formation"))).not.toHaveProperty("security");
});

test("a cluster that says nothing of it is secured", async () => {
    const { security, ...args } = clusterArgs("generic");
    expect(security).toBe("open");

    const { cluster } = await declareCluster("generic", { ...args, security: undefined });
    expect(cluster.security).toBe("full");
});

test("a domain of the operator's is in the names of certificates", async () => {
    const { find } = await declareCluster("generic", {
        security: "full",
        agentConfig: { Domain: "example.internal." },
    });

    expect(requestOf(find("Command consul-access"))).toMatchObject({ domain: "example.internal" });
});

test("certificates are renewed by the first update of each half-year", () => {
    const days = ["2027-01-01", "2027-06-30T23:59:59Z", "2027-07-01", "2027-12-31", "2028-01-01"];
    expect(days.map((day) => renewalPeriod(new Date(day)))).toEqual([
        "2027-H1",
        "2027-H1",
        "2027-H2",
        "2027-H2",
        "2028-H1",
    ]);
});

test("tokens are handed on in a preview that changes a node, and when the seed is replaced", async () => {
    // Its stdout would be unknown then: the tokens are derived from the seed alone.
    const { find, cluster } = await securedCluster("generic");
    const handedOn = await valueOf(cluster.managementToken ?? pulumi.output(""));
    expect(handedOn).toBe(tokens.managementToken);
    expect(find("Command consul-access").secretOutputs).toEqual([]);
});
