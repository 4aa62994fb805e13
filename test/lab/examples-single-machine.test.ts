import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabExample } from "./support/labExample.ts";
import { missing } from "./support/pieces.ts";

describe.skipIf(missing !== undefined)("the example single-machine", () => {
    const example = new LabExample("single-machine");
    let said = "";

    beforeAll(async () => {
        said = await example.up();
    });

    afterAll(async () => {
        await example.destroy();
    });

    it("is one machine, with four nodes, the service consul on three of them, and the UI", () => {
        expect(said.match(/consul-\S+-lab-host: made/g)).toHaveLength(1);
        expect(said).toContain("4 nodes: node1, node2, node3, node4");
        expect(said).toContain("the service consul is on 3 servers: node1, node2, node3");
        expect(said).toContain("all servers vote; the UI is at http://10.89.21.11:8500/ui/");
    });

    it("publishes what must be reached from outside, and nothing else", () => {
        expect(said).toContain("published is the HTTP and DNS of node1 on 10.89.21.11");
    });

    it("has its nodes joined by the containers' names", async () => {
        const words = ["docker", "inspect", "--format={{.Config.Cmd}}", "node2", "node4"];
        const [two = "", four = ""] = (await example.onMachine("machine", ...words)).split("\n");
        const joins = (command: string) => command.match(/-retry-join=[^\s\]]+/g);
        expect(joins(two)).toEqual(["-retry-join=node1"]);
        expect(joins(four)).toEqual(["node1", "node2", "node3"].map((n) => `-retry-join=${n}`));
    });

    it("is changed by no second up", async () => {
        expect(await example.up()).toContain("nothing was changed");
    });

    it("leaves nothing when it is removed", async () => {
        await example.destroy();
        expect(await example.remains()).toEqual([]);
    });
});
