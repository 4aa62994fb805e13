import { expect, test } from "vitest";
import { nodesOf } from "../../../../program/settings/nodesOf.ts";
import { readSettings, type Settings } from "../../../../program/settings/settings.ts";

function read(config: Readonly<Record<string, unknown>>): Settings {
    const text = Object.entries(config).map(
        ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
    );
    const { settings, problems } = readSettings(Object.fromEntries(text), {
        project: "consul-machines",
        stack: "dev",
    });
    expect(problems).toEqual([]);
    if (settings === undefined) {
        throw new Error("unsound settings");
    }
    return settings;
}

test("nodes that share a machine are stated by name alone, and the machine once", () => {
    const settings = read({
        oneMachine: true,
        address: "192.0.2.1",
        driver: "generic",
        driverOptions: { sshUser: "ops" },
        servers: 2,
        clients: [{ name: "web" }],
    });
    expect(nodesOf(settings)).toEqual({
        machine: { driver: "generic", address: "192.0.2.1", sshUser: "ops" },
        servers: [{ name: "server-1" }, { name: "server-2" }],
        clients: [{ name: "web" }],
    });
});

test("a lab machine and one that gets its address need none", () => {
    const lab = read({ oneMachine: true, driverOptions: { subnet: "10.89.7.0/24" } });
    const { machine } = nodesOf(lab);
    expect(machine).toMatchObject({ driver: "lab" });
    expect(machine).toHaveProperty("address", expect.stringMatching(/^10\.89\.7\.2\d\d$/));

    const virtual = nodesOf(read({ oneMachine: true, driver: "virtualbox" }));
    expect(virtual.machine).toMatchObject({ driver: "virtualbox" });
});

test("why the one machine is to be provisioned again goes along with it", () => {
    const settings = read({ oneMachine: true, driver: "virtualbox" });
    const servers = settings.servers.map((node) => ({ ...node, provision: "address 10.0.0.7" }));
    expect(nodesOf({ ...settings, servers })).toMatchObject({ provision: "address 10.0.0.7" });
});

test("without it each node has its own machine", () => {
    const settings = read({ servers: 1, clients: 1 });
    const { servers, clients } = settings;
    expect(nodesOf(settings)).toEqual({ servers, clients });
});
