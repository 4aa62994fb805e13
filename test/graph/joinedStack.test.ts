import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { formationProblem } from "../../components/cluster/clusterProblems.ts";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import { joinBundleProblems } from "../../components/cluster/joinedSecurity.ts";
import type { JoinBundle } from "../../scripts/protocol/security.ts";
import { property } from "../../scripts/system/json.ts";
import {
    authority,
    clusterArgs,
    declareCluster,
    joinAuthorities,
    keysOf,
    machines,
    requestOf,
    securedCluster,
    seed,
    words,
} from "../support/cluster.ts";
import { isSecret, valueOf } from "../support/declare.ts";

const pair = (kind: "client" | "server") => ({
    certificate: joinAuthorities[`${kind}Certificate`],
    key: joinAuthorities[`${kind}Key`],
});

const bundle: JoinBundle = {
    datacenter: "dc1",
    domain: "consul",
    servers: { "server-1": "https://10.1.0.11:8501", "server-2": "https://10.1.0.12:8501" },
    caCertificate: "certificate of the other CA",
    gossipKey: "gossip key of the other cluster",
    tokens: {
        agent: "agents' token",
        operate: "scripts' token",
        services: "services' token",
        metrics: "metrics' token",
    },
    authorities: { client: pair("client"), server: pair("server") },
};

const worker = { name: "client-1", machine: machines.generic("client-1") };

/** A stack with one client agent, or as stated. */
function joined(
    over: Partial<ConsulClusterArgs> = {},
    joinCluster: pulumi.Input<JoinBundle> = bundle,
) {
    const own = { servers: [], clients: [worker], security: "full", joinCluster } as const;
    return declareCluster("generic", { ...own, ...over });
}

test("what a secured cluster gives is one secret, and fits what joins it", async () => {
    const { cluster } = await securedCluster("generic");

    const given = cluster.joinBundle;
    expect(given && (await pulumi.isSecret(given))).toBe(true);
    const value = given && (await valueOf(given));
    expect(value).toMatchObject({
        datacenter: "dc1",
        domain: "consul",
        servers: { "server-1": expect.stringMatching(/^https:.*:8501$/) as string },
        caCertificate: authority.certificate,
        authorities: bundle.authorities,
    });
    expect(Object.keys(value?.tokens ?? {}).sort()).toEqual(Object.keys(bundle.tokens).sort());
    expect(new Set(Object.values(value?.tokens ?? {})).size).toBe(4);
    expect(JSON.stringify(value)).not.toContain(authority.key);
    expect(JSON.stringify(value)).not.toContain(seed);
});

test("nodes on one machine, and open ones, cannot be joined", async () => {
    const open = await declareCluster("generic", {});
    expect(open.cluster.joinBundle).toBeUndefined();
    const machine = machines.generic("server-1");
    const shared = await declareCluster("generic", {
        security: "full",
        machine,
        servers: [{ name: "server-1" }],
        clients: [],
    });
    expect(shared.cluster.joinBundle).toBeUndefined();
    expect(shared.cluster.managementToken).toBeDefined();
});

test("a stack of client agents makes no CA and no tokens, and waits for the other cluster's leader", async () => {
    const { declared, find, cluster } = await joined();

    const commands = keysOf(declared).filter((key) => key.startsWith("Command consul-"));
    expect(commands).not.toContain("Command consul-ca");
    expect(commands).not.toContain("Command consul-joining");
    expect(cluster.managementToken).toBeUndefined();
    expect(cluster.joinBundle).toBeUndefined();
    expect(cluster.caCertificate && (await valueOf(cluster.caCertificate))).toBe(
        bundle.caCertificate,
    );
    expect(await valueOf(cluster.httpAddress)).toBe("https://10.1.0.11:8501");

    const written = find("Command consul-access");
    expect(isSecret(property(written.wire, "stdin"))).toBe(true);
    const { servers, caCertificate, gossipKey, tokens } = bundle;
    expect(requestOf(written)).toMatchObject({
        seed,
        ca: bundle.authorities.client,
        datacenter: "dc1",
        domain: "consul",
        joined: { servers, caCertificate, gossipKey, tokens },
    });
    expect(find("Command consul-grant").dependsOn).toContain("Command consul-access");
    const start = find("Command consul-client-1-files").dependsOn;
    expect(start).toEqual(
        expect.arrayContaining(["Command consul-access", "Command consul-grant"]),
    );
});

test("where its agents demand a certificate, callers' are of the authority that it was given", async () => {
    const { find } = await joined({ tls: { clientCertificates: true } });

    const { client } = bundle.authorities;
    expect(requestOf(find("Command consul-client"))).toMatchObject({
        ca: client,
        chain: client.certificate,
    });
    expect(isSecret(property(find("Command consul-client").wire, "stdin"))).toBe(true);
    expect(requestOf(find("Command consul-access"))).toMatchObject({ clientCertificates: true });
});

test("agents join what their gates name, so that another server there restarts none", async () => {
    const { find } = await joined();
    const addresses = Object.values(bundle.servers);

    expect(words(find("Container consul-client-1-agent"), "-retry-join")).toEqual([]);
    expect(requestOf(find("Command consul-client-1-ready"))).toMatchObject({ joined: addresses });
    expect(requestOf(find("Command consul-client-1-member"))).toMatchObject({ joined: addresses });
    const grown = {
        ...bundle,
        servers: { ...bundle.servers, "server-3": "https://10.1.0.13:8501" },
    };
    const { find: later } = await joined({}, grown);
    expect(later("Container consul-client-1-agent").inputs).toEqual(
        find("Container consul-client-1-agent").inputs,
    );
    expect(later("Command consul-client-1-files").inputs).toEqual(
        find("Command consul-client-1-files").inputs,
    );
});

test("what the other stack has replaced is taken over without a new container", async () => {
    const before = await joined();
    const tokens = { ...bundle.tokens, agent: "another" };
    const after = await joined({}, { ...bundle, tokens });

    for (const key of ["client-1-files", "settle", "grant", "access"]) {
        expect(after.find(`Command consul-${key}`).inputs.stdin, key).not.toBe(
            before.find(`Command consul-${key}`).inputs.stdin,
        );
    }
    expect(after.find("Container consul-client-1-agent").inputs).toEqual(
        before.find("Container consul-client-1-agent").inputs,
    );
});

test("no secret of the other cluster is in clear in anything that is registered", async () => {
    const { declared } = await joined({}, pulumi.secret(bundle));
    const { client, server } = bundle.authorities;
    const secrets = [
        bundle.tokens.agent,
        bundle.tokens.operate,
        bundle.tokens.services,
        bundle.tokens.metrics,
        bundle.gossipKey,
        client.key,
        server.key,
        seed,
    ];

    for (const { key, inputs } of declared) {
        const text = JSON.stringify(inputs);
        const found = secrets.filter((secret) => text.includes(secret));
        expect([key, found.length > 0]).toEqual([key, key === "Command consul-access"]);
    }
    const access = declared.find(({ key }) => key === "Command consul-access");
    expect(isSecret(property(access?.wire, "stdin"))).toBe(true);
});

test("servers are given the authority for servers, and take no snapshot", async () => {
    const server = { name: "server-3", machine: machines.generic("server-3") };
    const { find } = await joined({ servers: [server], snapshots: "snapshots" });

    expect(requestOf(find("Command consul-access"))).toMatchObject({
        ca: bundle.authorities.server,
    });
    expect(requestOf(find("Command consul-server-3-agent-clearance"))).not.toHaveProperty(
        "snapshots",
    );
    expect(requestOf(find("Command consul-formation"))).toMatchObject({ expect: 0 });
});

describe("it is refused", () => {
    const address = { join: ["10.1.0.11"] };
    test.each([
        ["by nodes that are open", { security: "open" }, "joinCluster: these nodes are open"],
        [
            "besides addresses",
            address,
            "joinCluster: a cluster is joined by its servers' addresses",
        ],
        ["with a CA of one's own", { rotate: { ca: 2 } }, "rotate.ca: it is that of the cluster"],
        [
            "with a gossip key",
            { rotate: { gossip: 2 } },
            "rotate.gossip: it is that of the cluster",
        ],
    ] as const)("%s", async (_, over, message) => {
        await expect(joined(over as Partial<ConsulClusterArgs>)).rejects.toThrow(message);
    });

    test("in another datacenter or domain, or where there is no server", () => {
        const of = { ...bundle, datacenter: "dc2", domain: "example", servers: {} };
        expect(joinBundleProblems(of, { datacenter: "dc1", agentConfig: undefined })).toEqual([
            'datacenter: got "dc1"; the cluster that is joined is the datacenter "dc2": name that one',
            'agentConfig.domain: got "consul"; the domain of the cluster that is joined is "example": name that one',
            "the cluster that is joined has no server",
        ]);
        const agentConfig = { domain: "example." };
        expect(
            joinBundleProblems(
                { ...bundle, domain: "example" },
                { datacenter: "dc1", agentConfig },
            ),
        ).toEqual([]);
    });

    test("by a stack with a cluster of its own, and the other way round", () => {
        const own = clusterArgs("generic", { security: "full" });
        const joining = { ...own, joinCluster: bundle };
        const formed = { expect: 3, servers: ["server-1"], security: "full" } as const;
        expect(formationProblem(formed, joining)).toContain("made with a cluster of its own");
        expect(formationProblem({ ...formed, expect: 0 }, own)).toContain("Destroy this stack");
        expect(formationProblem(formed, own)).toBeUndefined();
        expect(formationProblem({ ...formed, expect: 0 }, joining)).toBeUndefined();
    });
});
