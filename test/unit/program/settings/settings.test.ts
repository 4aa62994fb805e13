import { readFile } from "node:fs/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultSettings } from "../../../../program/settings/defaults.ts";
import { defaultSubnet, labAddress } from "../../../../program/settings/labAddresses.ts";
import { settingsSchema } from "../../../../program/settings/schema.ts";
import { readSettings, type Settings } from "../../../../program/settings/settings.ts";

const context = { project: "consul-machines", stack: "dev" };

/** Reads settings in which nothing is wrong. */
function read(config: Readonly<Record<string, unknown>>): Settings {
    const texts = Object.entries(config).map(
        ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
    );
    const { settings, problems } = readSettings(Object.fromEntries(texts), context);
    expect(problems).toEqual([]);
    if (settings === undefined) {
        throw new Error("there are no problems, and no settings either");
    }
    return settings;
}

/** Reads settings of nodes that each have a machine, in which nothing is wrong. */
function readSeparate(config: Readonly<Record<string, unknown>>) {
    const { nodes, ...rest } = read(config);
    if (nodes.machine !== undefined) {
        throw new Error("the nodes share a machine");
    }
    return { ...rest, servers: nodes.servers, clients: nodes.clients ?? [] };
}

interface DeclaredSetting {
    readonly type?: string;
    readonly default?: unknown;
    readonly description?: string;
}

const project = parse(
    await readFile(new URL("../../../../Pulumi.yaml", import.meta.url), "utf8"),
) as {
    readonly config: Readonly<Record<string, DeclaredSetting>>;
};

test.each([1.3, "1.3"])(
    "the least version of TLS is a text, also where YAML has it as %j",
    (minVersion) => {
        const tls = { minVersion, clientCertificates: true };
        expect(read({ security: "full", tls }).tls).toEqual({ ...tls, minVersion: "1.3" });
    },
);

describe("Pulumi.yaml", () => {
    test("declares every setting, and no other", () => {
        expect(Object.keys(project.config).sort()).toEqual(
            Object.keys(settingsSchema.shape).sort(),
        );
    });

    test("has our defaults", () => {
        const defaults = Object.entries(project.config).map(([key, one]) => [key, one.default]);
        expect(Object.fromEntries(defaults)).toEqual(defaultSettings);
    });

    test("tells of each setting what it is; its type too, where a type of Pulumi's fits", () => {
        const lacking = Object.entries(project.config)
            .filter(([, one]) => (one.description ?? "").length < 20 || one.type === undefined)
            .map(([key]) => key);
        expect(lacking).toEqual(["servers", "clients", "image"]);
        expect(project.config.servers?.description).toMatch(/^The servers: a count/);
        expect(project.config.image?.description).toMatch(/^The image of the agents: /);
        expect(project.config.clients?.description).toMatch(/^The client agents: a count/);
    });
});

test("a stack file that says nothing is three servers on lab machines", () => {
    const subnet = defaultSubnet("consul-machines/dev");
    const base = subnet.replace(/0\/24$/, "");
    expect(read({})).toEqual({
        ...defaultSettings,
        authority: undefined,
        gossipKey: undefined,
        nodes: {
            servers: [1, 2, 3].map((number) => ({
                name: `server-${number}`,
                machine: { driver: "lab", address: `${base}${10 + number}` },
            })),
            clients: [],
        },
        dockerMachine: undefined,
        machineStore: ".state/machines/dev",
        snapshots: ".state/snapshots/dev",
        lab: { subnet },
        security: "full",
    });
});

test("a node's services are taken as they are stated", () => {
    const services = [{ name: "web", port: 80, checks: [{ kind: "http", path: "/health" }] }];
    const { servers } = readSeparate({ servers: [{ name: "a", services }] });
    expect(servers[0]).toMatchObject({ services });
});

test("counts are spelt out, lists are taken as they are", () => {
    const listed = readSeparate({
        servers: [{ name: "a" }, { name: "b" }, { name: "c" }],
        clients: 2,
        driver: "virtualbox",
    });
    const names = (nodes: readonly { readonly name: string }[]) => nodes.map(({ name }) => name);
    expect(names(listed.servers)).toEqual(["a", "b", "c"]);
    expect(names(listed.clients)).toEqual(["client-1", "client-2"]);
});

test("a node's options are laid over those of all nodes", () => {
    const { servers, lab } = readSeparate({
        driver: "generic",
        driverOptions: { sshUser: "ops", sshKey: "id" },
        servers: [
            { name: "a", address: "192.0.2.1" },
            { name: "b", address: "192.0.2.2", options: { sshUser: "root", enginePort: 2377 } },
            { name: "c", address: "192.0.2.3" },
        ],
    });
    expect(lab).toBeUndefined();
    expect(servers.map(({ machine }) => machine)).toEqual([
        { driver: "generic", address: "192.0.2.1", sshUser: "ops", sshKey: "id" },
        {
            driver: "generic",
            address: "192.0.2.2",
            sshUser: "root",
            sshKey: "id",
            enginePort: 2377,
        },
        { driver: "generic", address: "192.0.2.3", sshUser: "ops", sshKey: "id" },
    ]);
});

test("where this computer reaches a host is taken as it is stated, of one machine for all as well", () => {
    const stated = { driver: "generic", address: "10.0.0.11", reach: "db.example.com" };
    const { driver, ...place } = stated;
    const { servers } = readSeparate({ driver, servers: [{ name: "a", ...place }] });
    expect(servers[0]?.machine).toEqual(stated);
    expect(read({ ...stated, oneMachine: true, servers: 1 }).nodes.machine).toEqual(stated);
});

test("options of a driver that only its binary knows are kept as they are", () => {
    const options = { region: "eu-west-1", "http-tokens": "required", "open-port": ["8500/tcp"] };
    const { servers } = readSeparate({ driver: "amazonec2", driverOptions: options, servers: 1 });
    expect(servers).toEqual([{ name: "server-1", machine: { driver: "amazonec2", options } }]);
});

test("the lab's network, socket and addresses can be named", () => {
    const { lab, servers } = readSeparate({
        driverOptions: { subnet: "10.89.0.0/16", dockerHost: "unix:///run/d.sock" },
        servers: [{ name: "a", address: "10.89.3.3" }],
        clients: 0,
    });
    expect(lab).toEqual({ subnet: "10.89.0.0/16", dockerHost: "unix:///run/d.sock" });
    expect(servers).toEqual([{ name: "a", machine: { driver: "lab", address: "10.89.3.3" } }]);
});

test("a stack may have clients only, if it joins another's servers", () => {
    const { servers, clients, join } = readSeparate({
        servers: 0,
        clients: 1,
        join: ["192.0.2.9"],
        security: "open",
    });
    expect([servers, clients.length, join]).toEqual([[], 1, ["192.0.2.9"]]);
});

test("everything else is passed on as it was stated", () => {
    const said = {
        image: "registry.example:5000/consul:1.22.2",
        datacenter: "north_1",
        recursors: ["9.9.9.9"],
        dnsOnBridge: true,
        agentConfig: { log_level: "debug", telemetry: { prefix_filter: ["+a", "-b"] } },
        environment: { A: "1" },
        labels: { "com.example/team": "core" },
        dockerMachine: "rancher-machine",
        machineStore: "../store",
    };
    expect(read(said)).toMatchObject(said);
});

test("the settings are frozen through and through", () => {
    const thaw = (value: unknown): boolean =>
        typeof value === "object" &&
        value !== null &&
        (!Object.isFrozen(value) || Object.values(value).some(thaw));
    expect(thaw(read({ clients: 1, agentConfig: { telemetry: { prefix_filter: ["-a"] } } }))).toBe(
        false,
    );
});

test("a setting that is encrypted in the stack file is repeated by no message", () => {
    const config = { agentConfig: '"hunter2"', colour: "hunter2" };
    const secretKeys = new Set(["agentConfig", "colour"]);
    const { problems } = readSettings(config, { ...context, secretKeys });
    expect(problems).toEqual([
        "agentConfig: got a secret, which is not repeated here; a map of Consul's configuration",
        "colour: got a secret, which is not repeated here; there is no such setting; there are " +
            Object.keys(settingsSchema.shape).join(", "),
    ]);
});

test("names that every object has are no settings, no drivers and no options", () => {
    const { problems } = readSettings({ constructor: "1", driver: "constructor" }, context);
    expect(problems).toEqual([
        "constructor: got 1; there is no such setting; there are " +
            Object.keys(settingsSchema.shape).join(", "),
    ]);
});

test("even counts are warned about, odd ones are not", () => {
    const warnings = [0, 1, 2, 3, 4].map(
        (servers) => readSettings({ servers: String(servers) }, context).warnings,
    );
    expect(warnings).toEqual([
        [],
        [],
        [
            "servers: 2 servers tolerate the failure of 0, the same as 1, and need one more for every " +
                "decision; an odd number is better.",
        ],
        [],
        [
            "servers: 4 servers tolerate the failure of 1, the same as 3, and need one more for every " +
                "decision; an odd number is better.",
        ],
    ]);
});

test("a lab machine's address follows from its name, and lies inside of its network", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}[a-z0-9]$/);
    fc.assert(
        fc.property(name, (node) => {
            const host = Number(labAddress("10.1.2.0/24", node).replace("10.1.2.", ""));
            expect(host).toBeGreaterThan(1);
            expect(host).toBeLessThan(255);
        }),
    );
    expect(
        ["server-1", "server-89", "client-1", "client-99"].map((node) =>
            labAddress("10.1.2.0/24", node),
        ),
    ).toEqual(["10.1.2.11", "10.1.2.99", "10.1.2.101", "10.1.2.199"]);
});

test("stacks differ in their default networks, and keep them", () => {
    const subnets = ["a/dev", "b/dev", "a/test"].map(defaultSubnet);
    expect(new Set(subnets).size).toBe(3);
    expect(["a/dev", "b/dev", "a/test"].map(defaultSubnet)).toEqual(subnets);
});

test("a node that adopts is told of it, and may stay so once its cluster is secured", () => {
    const adopt = { container: "my-consul" };
    const servers = [{ name: "server-1", address: "192.0.2.1", adopt }];
    const [server] = readSeparate({ driver: "generic", security: "open", servers }).servers;
    expect(server).toMatchObject({ name: "server-1", adopt });
    const config = { driver: "generic", security: "full", servers: JSON.stringify(servers) };
    for (const madeWith of ["open", "full"] as const) {
        expect(readSettings(config, { ...context, madeWith }).problems).toEqual([]);
    }
});
