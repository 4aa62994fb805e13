import { expect, test } from "vitest";
import { readSettings } from "../../../../program/settings/settings.ts";

const context = { project: "consul-machines", stack: "dev" };

/** Reads settings as Pulumi hands them over. */
function read(config: Readonly<Record<string, unknown>>) {
    const texts = Object.entries(config).map(
        ([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)] as const,
    );
    return readSettings(Object.fromEntries(texts), context);
}

const meta = (zone: string, rack: string) => ({ node_meta: { zone, rack } });

test("zone and rack are each node's own, and the keys of a role go to that role", () => {
    const { settings, problems } = read({
        servers: [
            { name: "server-1", agentConfig: meta("a", "r1") },
            { name: "server-2", agentConfig: meta("b", "r7") },
            { name: "server-3" },
        ],
        clients: [{ name: "client-1", agentConfig: { limits: { rpc_rate: 50 } } }],
        serverConfig: { log_level: "WARN" },
        clientConfig: { log_level: "INFO" },
    });
    expect(problems).toEqual([]);
    const { servers = [], clients = [] } = settings?.nodes ?? {};
    expect(
        servers.map(({ name, ...rest }) => [name, "agentConfig" in rest, rest.agentConfig]),
    ).toEqual([
        ["server-1", true, meta("a", "r1")],
        ["server-2", true, meta("b", "r7")],
        ["server-3", false, undefined],
    ]);
    expect(clients[0]?.agentConfig).toEqual({ limits: { rpc_rate: 50 } });
    expect([settings?.serverConfig, settings?.clientConfig]).toEqual([
        { log_level: "WARN" },
        { log_level: "INFO" },
    ]);
});

test("nodes that share a machine have their own configuration as well", () => {
    const { settings, problems } = read({
        oneMachine: true,
        servers: [{ name: "server-1", agentConfig: meta("a", "r1") }, { name: "server-2" }],
    });
    expect(problems).toEqual([]);
    expect(settings?.nodes.servers).toEqual([
        { name: "server-1", agentConfig: meta("a", "r1") },
        { name: "server-2" },
    ]);
});
