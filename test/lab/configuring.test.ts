import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { foundGroups } from "../support/foundGroups.ts";
import { fetchAt } from "./support/access.ts";
import { containerIds } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-configuring";

describe.skipIf(missing !== undefined)("agents configured as operators have it", () => {
    const stack = new LabStack(name);
    const servers = ["server-1", "server-2", "server-3"];
    const nodes = [...servers, "client-1"];
    let outputs: Outputs;

    type Parts = Readonly<Record<string, object>>;

    /** Three servers and a client of an open cluster, with these parts of their configuration. */
    async function up({ ofFirst = {}, ofClient = {}, ...layers }: Parts, ...words: string[]) {
        stack.configure({
            security: "open",
            servers: servers.map((node) =>
                node === "server-1" ? { name: node, agentConfig: ofFirst } : { name: node },
            ),
            clients: [{ name: "client-1", agentConfig: ofClient }],
            ...layers,
        });
        const output = await stack.up(...words);
        outputs = await stack.outputs();
        return output;
    }

    /** What an agent says of itself, at a path. */
    async function said(node: string, path: string): Promise<unknown> {
        const { httpAddress = "" } = outputs.nodes[node] ?? {};
        const answer: unknown = await (await fetchAt(`${httpAddress}/v1/agent/self`)).json();
        return path
            .split(".")
            .reduce<unknown>(
                (value, key) =>
                    typeof value === "object" && value !== null
                        ? Reflect.get(value, key)
                        : undefined,
                answer,
            );
    }

    beforeAll(async () => {
        await stack.init();
    });

    afterAll(async () => {
        await stack.end();
    });

    it.each(foundGroups().map((group) => ({ ...group, count: group.what.length })))(
        "$count configurations as they are found in public are in effect together",
        async ({ config, seen }) => {
            await up(config);
            const found = seen.map(async ([node, path]) => [node, path, await said(node, path)]);
            expect(await Promise.all(found)).toEqual(seen);
            await up(config, "--expect-no-changes");
        },
    );

    it("serves no web UI where the configuration says so, and says no address of one", async () => {
        await up({ serverConfig: { ui_config: { enabled: false } } });
        expect(outputs.uiUrl).toBeUndefined();
        const page = await fetchAt(`${outputs.httpAddress}/ui/`);
        expect(page.status).toBe(404);
    });

    it("gives a node its zone and rack, and takes them back, without a restart", async () => {
        const plain = { serverConfig: { ui_config: { enabled: false } } };
        const before = await containerIds(name, nodes);
        const meta = { node_meta: { zone: "a", rack: "r1" } };
        await up({ ...plain, ofFirst: meta, ofClient: { limits: { rpc_rate: 50 } } });
        expect(await said("server-1", "Meta")).toMatchObject({ zone: "a", rack: "r1" });
        expect(await said("server-2", "Meta.zone")).toBeUndefined();
        expect(await said("client-1", "DebugConfig.RPCRateLimit")).toBe(50);
        await up(plain);
        expect(await said("server-1", "Meta.zone")).toBeUndefined();
        expect(await containerIds(name, nodes)).toEqual(before);
    });

    it("touches no server for a key of its clients, and one server for a key of its own", async () => {
        const plain = { serverConfig: { ui_config: { enabled: false } } };
        const before = await containerIds(name, nodes);
        const clientConfig = { advertise_reconnect_timeout: "15m" };
        await up({ ...plain, clientConfig });
        const after = await containerIds(name, nodes);
        expect(nodes.filter((node) => before[node] !== after[node])).toEqual(["client-1"]);

        await up({ ...plain, clientConfig, ofFirst: { translate_wan_addrs: true } });
        const last = await containerIds(name, nodes);
        expect(nodes.filter((node) => after[node] !== last[node])).toEqual(["server-1"]);
        expect(await said("server-1", "DebugConfig.TranslateWANAddrs")).toBe(true);
    });

    it("warns of addresses that mean the container, and refuses ACLs that would lock it out", async () => {
        const loopback = {
            telemetry: { dogstatsd_addr: "127.0.0.1:8125", disable_hostname: true },
            service: {
                name: "shop",
                port: 9003,
                check: { http: "http://localhost:9003/health", interval: "5s", timeout: "1s" },
            },
        };
        const before = await containerIds(name, nodes);
        stack.configure({ security: "open", servers: 3, clients: 1, agentConfig: loopback });
        const warned = await stack.must(stack.words("preview"));
        expect(warned).toContain('agentConfig.telemetry.dogstatsd_addr: got "127.0.0.1:8125"');
        expect(warned).toContain('agentConfig.service.check.http: got "localhost:9003"');
        expect(warned).toContain("agentConfig.service: each of 4 agents registers it");

        for (const agentConfig of [
            { acl: { enabled: true, default_policy: "allow", down_policy: "extend-cache" } },
            { acl_datacenter: "dc1", acl_default_policy: "deny" },
        ]) {
            stack.configure({ security: "open", servers: 3, clients: 1, agentConfig });
            const started = Date.now();
            const refused = await stack.run(stack.upWords());
            expect(refused.exitCode).not.toBe(0);
            expect(Date.now() - started).toBeLessThan(20_000);
            expect(refused.output).toMatch(/agentConfig\.acl(\.enabled|_datacenter): got/);
        }
        expect(await containerIds(name, nodes)).toEqual(before);
    });
});
