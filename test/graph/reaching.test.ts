import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { GenericMachine } from "../../components/machine/machineArgs.ts";
import { stubEnv } from "../support/stubEnv.ts";
import {
    addresses,
    clientNames,
    declareCluster,
    endpointOf,
    labelOf,
    plainCluster,
    requestOf,
    scriptOutputs,
    securedCluster,
    serverNames,
    words,
} from "../support/cluster.ts";

/** Where the hosts are reached, by node. */
const reachOf = (name: string) => (addresses[name] ?? "").replace("10.0.0.", "203.0.113.");

/** Nodes with more about their hosts. */
function hosts(
    names: readonly string[],
    more: (name: string) => Partial<GenericMachine>,
): NodeArgs[] {
    return names.map((name) => {
        const machine = { driver: "generic", address: addresses[name] ?? "" } as const;
        return { name, machine: { ...machine, ...more(name) } };
    });
}

function clusterOf(more: (name: string) => Partial<GenericMachine>, secured = true) {
    return declareCluster("generic", {
        servers: hosts(serverNames, more),
        clients: hosts(clientNames, more),
        security: secured ? "full" : "open",
    });
}

const elsewhere = clusterOf((name) => ({ reach: reachOf(name) }));

/** What is wrong with a cluster. */
async function refusal(more: (name: string) => Partial<GenericMachine>): Promise<string> {
    return clusterOf(more).then(
        () => "",
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
}

describe("hosts that this computer reaches elsewhere", () => {
    test("docker-machine connects there, and is told what the node's own address is", async () => {
        const { find } = await elsewhere;
        const plain = await securedCluster("generic");
        const [there, before] = [find, plain.find].map((of) =>
            of("Command consul-server-1-machine"),
        );
        expect(there && requestOf(there)).toEqual({
            ...(before && (requestOf(before) as object)),
            flags: ["--generic-ip-address=203.0.113.11"],
            address: "10.0.0.11",
        });
        // So that it is the same machine, wherever it is reached.
        expect(there?.inputs.triggers).toEqual(before?.inputs.triggers);
    });

    test("ports are bound, and addresses advertised and joined, as they are without", async () => {
        const { find } = await elsewhere;
        const plain = await securedCluster("generic");
        for (const name of ["server-2", "client-1"]) {
            const [there, before] = [find, plain.find].map((of) =>
                of(`Container consul-${name}-agent`),
            );
            expect(there?.inputs).toEqual(before?.inputs);
            expect(there && words(there, "-advertise=")).toEqual([
                `-advertise=${addresses[name] ?? ""}`,
            ]);
        }
    });

    test("scripts ask the agents there, and have them join one another at their own addresses", async () => {
        const { find } = await elsewhere;
        const peerAddresses = Object.fromEntries(
            serverNames.map((name) => [reachOf(name), addresses[name]]),
        );
        expect(requestOf(find("Command consul-server-1-ready"))).toMatchObject({
            httpAddress: "https://203.0.113.11:8501",
            servers: {
                "server-2": "https://203.0.113.12:8501",
                "server-3": "https://203.0.113.13:8501",
            },
            peerAddresses,
        });
        expect(requestOf(find("Command consul-client-1-member"))).toMatchObject({
            httpAddress: "https://203.0.113.101:8501",
        });
        expect(requestOf(find("Command consul-cluster-ready"))).toMatchObject({
            contact: "https://203.0.113.11:8501",
        });
    });

    test("an agent's certificate is for both addresses", async () => {
        const { find } = await elsewhere;
        expect(requestOf(find("Command consul-server-2-files"))).toMatchObject({
            httpAddress: "https://203.0.113.12:8501",
            addresses: ["10.0.0.12", "203.0.113.12"],
        });
    });

    test("users are told of the API there, and of what other machines ask", async () => {
        const { cluster } = await elsewhere;
        const valueOf = <T>(output: pulumi.Output<T>) =>
            new Promise<T>((resolve) => output.apply(resolve as (value: unknown) => void));
        expect(await valueOf(cluster.httpAddress)).toBe("https://203.0.113.11:8501");
        expect(await valueOf(cluster.dnsAddress)).toBe("10.0.0.11:8600");
        expect(await valueOf(pulumi.output(cluster.nodes["server-2"]))).toEqual({
            role: "server",
            address: "10.0.0.12",
            httpAddress: "https://203.0.113.12:8501",
            machine: "dev-server-2",
            peerHttpAddress: "https://10.0.0.12:8501",
        });
        expect(await valueOf(cluster.node("server-2").peerHttpAddress)).toBe(
            "https://10.0.0.12:8501",
        );
    });

    test("without that nothing is said of it", async () => {
        for (const { declared } of [
            await plainCluster("generic"),
            await securedCluster("generic"),
        ]) {
            const said = JSON.stringify(declared.map(({ inputs }) => inputs));
            expect(said).not.toMatch(/peerAddresses|peerHttpAddress|"address\\":/);
        }
    });

    test("two of them at one address are refused, and one that is no address", async () => {
        expect(await refusal(() => ({ reach: "203.0.113.5" }))).toContain(
            'server-2: reach: got "203.0.113.5"; server-1 has that one already.',
        );
        expect(await refusal(() => ({ reach: "db:22" }))).toContain('reach: got "db:22"; an IPv4');
    });
});

describe("hosts whose addresses other resources say", () => {
    const given = (name: string): Partial<GenericMachine> => ({
        address: pulumi.output(addresses[name] ?? ""),
        hostId: pulumi.output(`i-${name}`),
    });

    test("are asked for as if the addresses were stated, and are known by name and host", async () => {
        const { find } = await clusterOf(given);
        const plain = await securedCluster("generic");
        for (const key of ["Command consul-server-2-machine", "Command consul-server-2-ready"]) {
            expect(requestOf(find(key))).toEqual(requestOf(plain.find(key)));
        }
        expect(find("Command consul-server-2-machine").inputs.triggers).toEqual([
            "dev-server-2",
            "generic",
            "i-server-2",
        ]);
    });

    test("may be unknown in a preview, which declares the same resources", async () => {
        const over = { servers: hosts(serverNames, given), clients: hosts(clientNames, given) };
        const preview = await declareCluster("generic", over, { preview: true });
        expect(preview.declared.map(({ key }) => key)).toEqual(
            (await plainCluster("generic")).declared.map(({ key }) => key),
        );
    });
});

test("a host with an address of its own for this computer has its API there as well, once it is known", async () => {
    const own = "100.64.0.11";
    const outputs: typeof scriptOutputs = (resource) => {
        const answer = scriptOutputs(resource);
        return resource.name === "consul-server-1-machine"
            ? { stdout: JSON.stringify({ ...endpointOf("server-1"), reachAddress: own }) }
            : answer;
    };
    const servers = hosts(serverNames, (name) => (name === "server-1" ? { reach: own } : {}));
    const { find } = await declareCluster("generic", { servers }, { outputs });
    const agent = find("Container consul-server-1-agent");
    const ports = agent.inputs.ports as readonly {
        readonly ip: string;
        readonly external: number;
    }[];
    expect(ports.filter(({ ip }) => ip === own).map(({ external }) => external)).toEqual([8500]);
    expect(labelOf(agent, "consul-machines.ports")).toContain(`8500/tcp=${own}:8500`);
    // The engine reports the two in either order.
    expect(agent.ignoreChanges).toContain("ports");
    expect(find("Container consul-server-2-agent").ignoreChanges).not.toContain("ports");
});

test("a proxy that would not be asked for an engine is nobody's concern", async () => {
    stubEnv("HTTPS_PROXY", "http://127.0.0.1:9");
    stubEnv("NO_PROXY", "10.0.0.0/24");
    const { find } = await declareCluster("generic");
    expect(find("Provider consul-server-1-docker").inputs.host).toBe("tcp://10.0.0.11:2376");
});
