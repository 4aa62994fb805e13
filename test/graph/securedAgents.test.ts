import { describe, expect, test } from "vitest";
import type { ConsulClusterArgs, NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { restartDigest } from "../../components/node/agentFiles.ts";
import {
    addresses,
    clientNames,
    declareCluster,
    keysOf,
    labelOf,
    nodeNames,
    requestOf,
    scriptOutputs,
    securedCluster,
    serverNames,
    words,
} from "../support/cluster.ts";
import { valueOf, type Declared } from "../support/declare.ts";
import { property } from "../../scripts/system/json.ts";
import { cliTokenFile } from "../../scripts/protocol/agentFiles.ts";

const access = ".state/machines/mocked/access/consul-machines%2Fdev%2Fconsul.json";
const first = { seed: 1, ca: 1, leaf: 1, gossip: 1, tokens: 1, management: 1 };
const https = (node: string) => `https://${addresses[node] ?? ""}:8501`;
const agent = (node: string) => `Container consul-${node}-agent`;

/** What each node's container is, in a cluster with arguments of its own. */
function digestsIn(find: (key: string) => Declared) {
    return nodeNames.map((node) => labelOf(find(agent(node)), "consul-machines.config"));
}

test("the agent's container may write its volumes and /tmp, and nothing else", async () => {
    const { find } = await securedCluster("generic");

    for (const node of nodeNames) {
        const { inputs, replaceOnChanges } = find(agent(node));
        expect(inputs).toMatchObject({
            user: "100:1000",
            capabilities: { drops: ["ALL"] },
            securityOpts: ["no-new-privileges:true"],
            readOnly: true,
            tmpfs: { "/tmp": "" },
            volumes: [
                { volumeName: "consul-data", containerPath: "/consul/data" },
                { volumeName: "consul-config", containerPath: "/consul-machines" },
            ],
            envs: ["CONSUL_DISABLE_PERM_MGMT=1", `CONSUL_HTTP_TOKEN_FILE=${cliTokenFile}`],
            logDriver: "json-file",
            logOpts: { "max-size": "10m", "max-file": "3" },
        });
        expect(inputs.uploads).toBeUndefined();
        expect(inputs.privileged).toBeUndefined();
        expect(replaceOnChanges).toEqual(["healthcheck", "tmpfs", "memory", "memoryReservation"]);
        expect(words(find(agent(node)), "-client")).toEqual([]);
    }
});

test("an agent publishes HTTPS, and neither plain HTTP nor gossip with other datacenters", async () => {
    const { find } = await securedCluster("generic");

    const published = (node: string) =>
        (find(agent(node)).inputs.ports as readonly Record<string, unknown>[]).map(
            ({ internal, external, ip, protocol }) => {
                expect([internal, ip]).toEqual([external, addresses[node]]);
                return `${String(external)}/${String(protocol)}`;
            },
        );
    const ofAll = ["8301/tcp", "8301/udp", "8501/tcp", "8600/tcp", "8600/udp"];
    expect(published("server-1")).toEqual(["8300/tcp", ...ofAll]);
    expect(published("client-1")).toEqual(ofAll);
});

test("every Command that asks the cluster has its rights, and asks over HTTPS", async () => {
    const { declared, find, cluster } = await securedCluster("generic");

    const asking = declared.filter(({ inputs }) => String(inputs.stdin).includes("httpAddress"));
    expect(asking.map(({ name }) => name)).toEqual(
        expect.arrayContaining([
            "consul-server-1-agent-clearance",
            "consul-client-2-member",
            "consul-client-2-ready",
        ]),
    );
    for (const one of asking) {
        expect(requestOf(one)).toMatchObject({ access });
    }
    expect(requestOf(find("Command consul-cluster-ready"))).toEqual({
        servers: Object.fromEntries(serverNames.map((name) => [name, https(name)])),
        clients: clientNames,
        contact: https("server-1"),
        contactName: "server-1",
        access,
    });
    const plain = declared.filter(({ inputs }) => JSON.stringify(inputs).includes("http://"));
    expect(keysOf(plain)).toEqual([]);
    expect(await valueOf(cluster.httpAddress)).toBe(https("server-1"));
    expect(cluster.uiUrl && (await valueOf(cluster.uiUrl))).toBe(`${https("server-1")}/ui/`);
    expect(cluster.security).toBe("full");
});

describe("what replaces containers", () => {
    const digests = async (over: Partial<ConsulClusterArgs>) =>
        digestsIn((await declareCluster("generic", { security: "full", ...over })).find);

    test("a rotation of all but the seed and the management token replaces none", async () => {
        const before = digestsIn((await securedCluster("generic")).find);

        for (const kind of ["ca", "leaf", "gossip", "tokens"]) {
            expect(await digests({ rotate: { [kind]: 2 } })).toEqual(before);
        }
    });

    test.each(["seed", "management"])("another %s replaces the servers' alone", async (kind) => {
        const before = digestsIn((await securedCluster("generic")).find);

        const after = await digests({ rotate: { [kind]: 2 } });
        const changed = nodeNames.filter((_, index) => before[index] !== after[index]);
        expect(changed).toEqual(serverNames);
    });

    test("what an agent only reads at its start replaces all, what it reloads none", async () => {
        const before = digestsIn((await securedCluster("generic")).find);

        expect(await digests({ agentConfig: { log_level: "debug" } })).toEqual(before);
        const after = await digests({ agentConfig: { domain: "example" } });
        expect(nodeNames.filter((_, index) => before[index] === after[index])).toEqual([]);
    });

    test("the digest is of the configuration, and for servers of what they take at their start", () => {
        const config = { a: 1 };
        const other = { ...first, tokens: 2, leaf: 3 };
        expect(restartDigest(config, "server", other)).toBe(restartDigest(config, "server", first));
        expect(restartDigest({ a: 2 }, "client", first)).not.toBe(
            restartDigest(config, "client", first),
        );
        expect(restartDigest(config, "client", first)).not.toBe(
            restartDigest(config, "server", first),
        );
    });
});

/** The resources of a secured cluster that was formed of three servers and has this many now. */
async function grown(count: number, begun = ["server-1", "server-2", "server-3"]) {
    const names = (total: number) =>
        Array.from({ length: total }, (_, index) => `server-${index + 1}`);
    const servers = names(count).map((name, index): NodeArgs => ({
        name,
        machine: { driver: "generic", address: `10.0.0.${index + 11}` },
    }));
    const formation = JSON.stringify({ expect: 3, servers: begun, security: "full" });
    const { declared } = await declareCluster(
        "generic",
        { security: "full", servers },
        {
            outputs: (resource) =>
                resource.inputs.create === "formation record"
                    ? { stdout: formation }
                    : scriptOutputs(resource),
        },
    );
    return new Map(declared.map((one) => [one.key, one]));
}

test("growth changes no secret, no container, no clearance and no node's files", async () => {
    const three = await grown(3);
    const five = await grown(5);

    const changed = [...three].filter(
        ([key, one]) => JSON.stringify(one.inputs) !== JSON.stringify(five.get(key)?.inputs),
    );
    expect(changed.map(([key]) => key)).toEqual(
        [
            ...["access", "cluster-ready", "formation", "grant", "settle", "store"].map(
                (one) => `Command consul-${one}`,
            ),
            ...nodeNames.flatMap((node) =>
                ["member", "ready"].map((one) => `Command consul-${node}-${one}`),
            ),
        ].sort(),
    );
});

test("the gossip keys are asked of the servers that the cluster began with, or of today's if none is left", async () => {
    const asked = (all: ReadonlyMap<string, Declared>, node: string) => {
        const one = all.get(`Command consul-${node}-files`);
        return Object.keys(property(one && requestOf(one), "servers") ?? {});
    };
    const five = await grown(5);
    expect(asked(five, "server-1")).toEqual(["server-2", "server-3"]);
    expect(asked(five, "server-5")).toEqual(["server-1", "server-2", "server-3"]);
    const later = await grown(3, ["old-1", "old-2"]);
    expect(asked(later, "server-1")).toEqual(["server-2", "server-3"]);
    expect(asked(later, "client-1")).toEqual(["server-1", "server-2", "server-3"]);
});
