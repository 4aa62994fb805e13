import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { EngineApi } from "../../../scripts/docker/engineApi.ts";
import { startLabMachines } from "../../../cli/stack/startMachines.ts";

const servers: Server[] = [];
afterEach(() => {
    for (const server of servers.splice(0)) {
        server.close();
    }
});

/** An engine that has these containers, and what it was asked. */
async function engineWith(containers: readonly object[]) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
        asked.push(`${request.method ?? ""} ${decodeURIComponent(request.url ?? "")}`);
        response.end(request.method === "GET" ? JSON.stringify(containers) : "");
    });
    servers.push(server);
    const socketPath = join(mkdtempSync(join(tmpdir(), "engine-")), "socket");
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    return { engine: new EngineApi({ socketPath }), asked };
}

const container = (name: string, State: string) => ({
    Id: `id-${name}`,
    Names: [`/${name}`],
    State,
});

describe("wakeLabMachines", () => {
    const noStore = join(tmpdir(), "no-such-store");

    it("starts what is stopped of this stack's lab machines, and leaves the rest", async () => {
        const { engine, asked } = await engineWith([
            container("shop-dev-server-1", "running"),
            container("shop-dev-server-2", "exited"),
        ]);
        expect(await startLabMachines("shop/dev", noStore, engine)).toEqual(["shop-dev-server-2"]);
        expect(asked).toEqual([
            "GET /containers/json?all=true&filters=" +
                '{"label":["consul-machines.owner=shop/dev","consul-machines.lab=machine"]}',
            "POST /containers/id-shop-dev-server-2/start",
        ]);
    });

    it("waits for no machine that was never finished, nor for one of another stack", async () => {
        const store = mkdtempSync(join(tmpdir(), "store-"));
        mkdirSync(join(store, "records"));
        for (const [machine, record] of [
            ["dev-server-1", { owner: "shop/dev", state: "making" }],
            ["dev-server-2", { owner: "other/dev", state: "made" }],
        ] as const) {
            mkdirSync(join(store, "machines", machine), { recursive: true });
            writeFileSync(join(store, "records", `${machine}.json`), JSON.stringify(record));
        }
        const { engine } = await engineWith([
            container("shop-dev-server-1", "running"),
            container("shop-dev-server-2", "running"),
        ]);
        expect(await startLabMachines("shop/dev", store, engine)).toEqual([]);
    });

    it("does nothing where there are no lab machines", async () => {
        const { engine, asked } = await engineWith([]);
        expect(await startLabMachines("shop/dev", noStore, engine)).toEqual([]);
        expect(asked).toHaveLength(1);
    });
});
