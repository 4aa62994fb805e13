import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { prepareHosts, recipeOf, removeHosts } from "../../cli/bench/hosts.ts";
import { agentAt } from "./support/access.ts";
import { servers } from "./support/cluster.ts";
import { hostOf } from "./support/host.ts";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const prefix = "lab-joining-host";

describe.skipIf(missing !== undefined)("a stack that joins another's cluster", () => {
    /** Only to read off how a lab machine is started. */
    const pattern = new LabStack("lab-joining-pattern");
    const core = new LabStack("lab-core");
    const workers = new LabStack("lab-workers");
    const folder = mkdtempSync(join(tmpdir(), "lab-joining-key-"));
    let addresses: readonly string[] = [];

    beforeAll(async () => {
        await pattern.init();
        pattern.configure({ servers: 1 });
        await pattern.up();
        await removeHosts(prefix);
        const place = { prefix, subnet: "10.77.92.0/24", folder, count: 3 };
        const recipe = await recipeOf(hostOf("lab-joining-pattern", "server-1"));
        const { hosts, keyFile, start } = await prepareHosts(
            place,
            recipe,
            new AbortController().signal,
        );
        for (const host of hosts) {
            await start(host);
        }
        addresses = hosts.map(({ address }) => address);
        const driver = {
            driver: "generic",
            driverOptions: { sshUser: "root", sshKey: keyFile },
            security: "open",
        };
        const [first = "", second, third] = addresses;
        await core.init();
        core.configure({ ...driver, servers: [{ name: "server-1", address: first }] });
        await core.up();
        await workers.init();
        workers.configure({
            ...driver,
            servers: [{ name: "server-2", address: second }],
            clients: [{ name: "worker-1", address: third }],
            join: [first],
        });
        await workers.up();
    });

    afterAll(async () => {
        const ended: PromiseSettledResult<void>[] = [];
        for (const stack of [workers, core, pattern]) {
            ended.push(...(await Promise.allSettled([stack.end()])));
        }
        await removeHosts(prefix);
        rmSync(folder, { recursive: true, force: true });
        expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
    });

    it("has its nodes in that cluster, a server as a voter, and held no election for it", async () => {
        const outputs = await core.outputs();
        expect((await servers(outputs)).map(({ Name, Voter }) => [Name, Voter])).toEqual([
            ["server-1", true],
            ["server-2", true],
        ]);
        const members = await agentAt(outputs.httpAddress).members();
        expect(members.map(({ Name }) => Name).sort()).toEqual([
            "server-1",
            "server-2",
            "worker-1",
        ]);
        await workers.up("--expect-no-changes");
        await core.up("--expect-no-changes");
    });

    it("leaves it in good order when it is destroyed, and the cluster goes on", async () => {
        await workers.destroy();
        const api = agentAt((await core.outputs()).httpAddress);
        expect((await api.raftPeers()).map(({ Node }) => Node)).toEqual(["server-1"]);
        expect((await api.members()).map(({ Name }) => Name)).toEqual(["server-1"]);
        for (const node of ["server-2", "worker-1"]) {
            expect(await api.registeredId(node)).toBeUndefined();
        }
        expect(await api.leader()).toBe(`${addresses[0] ?? ""}:8300`);
    });
});
