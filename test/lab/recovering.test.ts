import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dataDirectory } from "../../scripts/protocol/agentFiles.ts";
import { containerName } from "../../components/machine/placement.ts";
import { findLostQuorum, type ServerPlace } from "../../cli/recover/lostQuorum.ts";
import { recoverCluster } from "../../cli/recover/recoverCluster.ts";
import { restoreSnapshot, takeSnapshot } from "../../scripts/consul/snapshot.ts";
import { agentAt } from "./support/access.ts";
import { get, put, servers } from "./support/cluster.ts";
import { docker, hostOf } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-recovering";
const three = ["server-1", "server-2", "server-3"];

describe.skipIf(missing !== undefined)("a cluster that was lost", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it("goes on from one survivor of three, the bootstrap server lost, with all its data", async () => {
        const survivor = addressOf("server-3");
        const ids = new Map((await servers(outputs)).map(({ Name, ID }) => [Name, ID]));
        await write(survivor, "before");
        await docker("rm", "--force", "--volumes", hostOf(name, "server-1"));
        await docker("rm", "--force", "--volumes", hostOf(name, "server-2"));
        await untilLeaderless(survivor);

        const found = await findLostQuorum(places());
        expect(found.lost).toEqual(["server-1", "server-2"]);
        const folder = stack.snapshots;
        await recoverCluster(found, { dataDirectory, folder, report: () => undefined });
        const alone = await agentAt(survivor).health();
        expect(alone.Servers.map(({ Name, ID }) => [Name, ID])).toEqual([
            ["server-3", ids.get("server-3")],
        ]);
        expect(await lacking(survivor, "before")).toEqual([]);

        stack.configure({ servers: 3, generations: { "server-1": 2, "server-2": 2 } });
        await stack.up();
        outputs = await stack.outputs();
        const all = await servers(outputs);
        expect(all.map(({ Name, Voter }) => [Name, Voter])).toEqual(
            three.map((node) => [node, true]),
        );
        expect(all.find(({ Name }) => Name === "server-3")?.ID).toBe(ids.get("server-3"));
        for (const node of three) {
            expect(await lacking(addressOf(node), "before")).toEqual([]);
        }
        await stack.up("--expect-no-changes");
    });

    it("is made again from its last snapshot once all machines are gone", async () => {
        await write(addressOf("server-1"), "kept");
        const place = { folder: stack.snapshots, datacenter: "dc1" };
        const file = await takeSnapshot(agentAt(addressOf("server-2")), place);
        for (const node of three) {
            await docker("rm", "--force", "--volumes", hostOf(name, node));
        }
        await stack.destroy("--run-program");
        await stack.up();
        outputs = await stack.outputs();
        expect(await get(addressOf("server-2"), "kept/1")).toBeUndefined();
        await restoreSnapshot(agentAt(addressOf("server-3")), file);
        for (const node of three) {
            expect(await lacking(addressOf(node), "before")).toEqual([]);
            expect(await lacking(addressOf(node), "kept")).toEqual([]);
        }
    });

    function addressOf(node: string): string {
        return outputs.nodes[node]?.httpAddress ?? "";
    }

    function places(): ServerPlace[] {
        const store = `.state/machines/${name}`;
        return Object.entries(outputs.nodes).map(([nodeName, { httpAddress, machine }]) => {
            const client = agentAt(httpAddress);
            return { nodeName, client, agent: { store, machine, container: containerName } };
        });
    }

    async function untilLeaderless(httpAddress: string): Promise<void> {
        const api = agentAt(httpAddress);
        for (let waited = 0; (await api.leader()) !== ""; waited += 1) {
            expect(waited).toBeLessThan(120);
            await new Promise((again) => setTimeout(again, 500));
        }
    }
});

const keys = Array.from({ length: 20 }, (_, index) => String(index));

async function write(httpAddress: string, folder: string): Promise<void> {
    for (const key of keys) {
        expect(await put(httpAddress, `${folder}/${key}`, `${folder} ${key}`)).toBe(true);
    }
}

/** The keys that this server does not have as they were written. */
async function lacking(httpAddress: string, folder: string): Promise<string[]> {
    const wanted = keys.map(async (key) => {
        const value = await get(httpAddress, `${folder}/${key}`);
        return value === `${folder} ${key}` ? [] : [key];
    });
    return (await Promise.all(wanted)).flat();
}
