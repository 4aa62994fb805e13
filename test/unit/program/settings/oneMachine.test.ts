import { expect, test } from "vitest";
import { withFindings } from "../../../../program/preflight/preflight.ts";
import { readSettings, type Settings } from "../../../../program/settings/settings.ts";

/** The nodes of settings in which nothing is wrong. */
function readNodes(config: Readonly<Record<string, unknown>>): Settings["nodes"] {
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
    return settings.nodes;
}

test("nodes that share a machine are stated by name alone, and the machine once", () => {
    const nodes = readNodes({
        oneMachine: true,
        address: "192.0.2.1",
        driver: "generic",
        driverOptions: { sshUser: "ops" },
        servers: 2,
        clients: [{ name: "web" }],
    });
    expect(nodes).toEqual({
        machine: { driver: "generic", address: "192.0.2.1", sshUser: "ops" },
        servers: [{ name: "server-1" }, { name: "server-2" }],
        clients: [{ name: "web" }],
    });
});

test("a lab machine and one that gets its address need none", () => {
    const { machine } = readNodes({ oneMachine: true, driverOptions: { subnet: "10.89.7.0/24" } });
    expect(machine).toMatchObject({ driver: "lab" });
    expect(machine).toHaveProperty("address", expect.stringMatching(/^10\.89\.7\.2\d\d$/));

    const virtual = readNodes({ oneMachine: true, driver: "virtualbox" });
    expect(virtual.machine).toMatchObject({ driver: "virtualbox" });
});

test("what was found about the one machine goes along with it", () => {
    const nodes = readNodes({ oneMachine: true, driver: "virtualbox" });
    const reasons = { machine: "address 10.0.0.7" };
    expect(withFindings(nodes, { reasons, unreachable: ["machine"] })).toEqual({
        ...nodes,
        provision: "address 10.0.0.7",
        unreachable: true,
    });
});

test("what was found about the machine of a node goes along with that node", () => {
    const nodes = readNodes({ servers: 2 });
    const { servers } = withFindings(nodes, { reasons: {}, unreachable: ["server-2"] });
    expect(servers).toEqual([
        expect.objectContaining({ name: "server-1", unreachable: false }),
        expect.objectContaining({ name: "server-2", unreachable: true }),
    ]);
});

test("without it each node has its own machine", () => {
    const nodes = readNodes({ servers: 1, clients: 1 });
    expect(nodes.machine).toBeUndefined();
    expect([nodes.servers, nodes.clients]).toEqual([
        [expect.objectContaining({ name: "server-1", machine: expect.anything() as unknown })],
        [expect.objectContaining({ name: "client-1", machine: expect.anything() as unknown })],
    ]);
});
