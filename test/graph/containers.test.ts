import { describe, expect, test } from "vitest";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import type { ContainerSettings } from "../../components/node/containerSettings.ts";
import {
    declareCluster,
    nodeNames,
    plainCluster,
    requestOf,
    securedCluster,
} from "../support/cluster.ts";
import { property } from "../../scripts/system/json.ts";
import { isSecret, type Declared } from "../support/declare.ts";

const agent = (node: string) => `Container consul-${node}-agent`;
const clearance = (node: string) => `Command consul-${node}-agent-clearance`;
const provider = (node: string) => `Provider consul-${node}-docker`;

/** What tells that a server's container is another one. */
const digestOf = (find: (key: string) => Declared) =>
    property(requestOf(find(clearance("server-1"))), "container");

function withContainer(
    container: ContainerSettings,
    security: NonNullable<ConsulClusterArgs["security"]> = "open",
) {
    return declareCluster("generic", { container, security });
}

test("the log of an open cluster's agent is bounded where its container is new, and changes none that is there", async () => {
    const { find } = await plainCluster("generic");

    for (const node of nodeNames) {
        expect(find(agent(node)).inputs).toMatchObject({
            logDriver: "json-file",
            logOpts: { "max-size": "10m", "max-file": "3" },
        });
        expect(find(agent(node)).ignoreChanges).toEqual(["logDriver", "logOpts"]);
    }
});

test("a log that an open cluster's settings state changes its containers, and is cleared for", async () => {
    const plain = await plainCluster("generic");
    const { find } = await withContainer({ logOpts: { "max-size": "50m" } });

    expect(find(agent("server-1")).inputs.logOpts).toEqual({ "max-size": "50m", "max-file": "3" });
    expect(find(agent("server-1")).ignoreChanges).toEqual([]);
    expect(digestOf(find)).not.toBe(digestOf(plain.find));
});

describe("limits, logs and names are in every agent's container", () => {
    test.each(["open", "full"] as const)("of a cluster that is %s", async (security) => {
        const { find } = await withContainer(
            {
                memory: "1g",
                memoryReservation: 512,
                fileLimit: 65_536,
                logDriver: "journald",
                logOpts: { tag: "consul" },
                extraHosts: { vault: "10.0.0.9", ntp: "host-gateway" },
            },
            security,
        );

        for (const node of nodeNames) {
            const { inputs, ignoreChanges, replaceOnChanges } = find(agent(node));
            expect(inputs).toMatchObject({
                memory: 1024,
                memoryReservation: 512,
                ulimits: [{ name: "nofile", soft: 65_536, hard: 65_536 }],
                logDriver: "journald",
                logOpts: { tag: "consul" },
                hosts: [
                    { host: "ntp", ip: "host-gateway" },
                    { host: "vault", ip: "10.0.0.9" },
                ],
            });
            // The engine gives it twice the memory, where its kernel counts swap.
            expect(ignoreChanges).toEqual(["memorySwap"]);
            // Docker takes no limit away from a container that runs.
            expect(replaceOnChanges).toEqual(
                expect.arrayContaining(["memory", "memoryReservation"]),
            );
        }
    });
});

test("settings that are left out change nothing of a secured cluster", async () => {
    const plain = await securedCluster("generic");
    const { declared } = await withContainer({}, "full");

    expect(declared.map(({ key, inputs }) => [key, inputs])).toEqual(
        plain.declared.map(({ key, inputs }) => [key, inputs]),
    );
});

test("data in a folder of the machine are on a volume that is mounted from there, and stay where they are", async () => {
    const { find } = await withContainer({ data: { hostPath: "/srv/consul" } }, "full");
    const volume = find("Volume consul-server-2-data");

    expect(volume.inputs).toMatchObject({
        name: "consul-data",
        driver: "local",
        driverOpts: { type: "none", o: "bind", device: "/srv/consul/consul-data" },
    });
    expect(volume.ignoreChanges).toEqual(["driver", "driverOpts"]);
    const { driver, driverOpts } = find("Volume consul-server-2-config").inputs;
    expect([driver, driverOpts]).toEqual([undefined, undefined]);
    expect(find(agent("server-2")).inputs.volumes).toContainEqual({
        volumeName: "consul-data",
        containerPath: "/consul/data",
    });
});

test("data on a volume of another driver have its options", async () => {
    const data = { volumeDriver: "rexray", volumeOptions: { size: "20" } };
    const { find } = await withContainer({ data });

    expect(find("Volume consul-client-1-data").inputs).toMatchObject({
        driver: "rexray",
        driverOpts: { size: "20" },
    });
});

test("the volume of data is as it was where the settings name no place", async () => {
    const { find } = await plainCluster("generic");

    const { driver, driverOpts } = find("Volume consul-server-1-data").inputs;
    expect([driver, driverOpts]).toEqual([undefined, undefined]);
});

test("a library's settings are checked as the program's", async () => {
    await expect(withContainer({ memory: 5, fileLimit: 1 })).rejects.toThrow(
        /Invalid arguments:\n {2}container\.memory: got 5; .*\n {2}container\.fileLimit: got 1; /,
    );
});

describe("logins to registries", () => {
    const login = (password: string) =>
        declareCluster("generic", {
            registries: { "registry.example:5000": { username: "puller", password } },
        });

    test("are every machine's provider's, as a secret", async () => {
        const { find, declared } = await login("hunter2");

        for (const node of nodeNames) {
            expect(JSON.parse(String(find(provider(node)).inputs.registryAuth))).toEqual([
                { address: "registry.example:5000", username: "puller", password: "hunter2" },
            ]);
            expect(isSecret(property(find(provider(node)).wire, "registryAuth"))).toBe(true);
        }
        const others = declared.filter(({ key }) => !key.startsWith("Provider"));
        expect(JSON.stringify(others.map(({ wire }) => wire))).not.toContain("hunter2");
    });

    test("of another password change nothing but the providers", async () => {
        const [one, two] = [await login("one"), await login("two")];
        const inputs = ({ declared }: typeof one) =>
            declared
                .filter(({ key }) => !key.startsWith("Provider"))
                .map(({ key, inputs: its }) => [key, its]);
        expect(inputs(two)).toEqual(inputs(one));
    });

    test("that there are not leave the providers as they were", async () => {
        const { find } = await plainCluster("generic");

        expect(Object.keys(find(provider("server-1")).inputs).sort()).toEqual(
            ["caMaterial", "certMaterial", "context", "host", "keyMaterial", "version"].filter(
                (key) => key in find(provider("server-1")).inputs,
            ),
        );
        expect(find(provider("server-1")).inputs.registryAuth).toBeUndefined();
    });
});
