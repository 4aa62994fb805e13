import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nameServer, type NameServer } from "./support/nameServer.ts";
import { LabExample } from "./support/labExample.ts";
import { missing } from "./support/pieces.ts";

/** A port of this computer at which no other name server listens. */
const port = 5355;

describe.skipIf(missing !== undefined)("the example dns", () => {
    const example = new LabExample("dns", {
        recursors: JSON.stringify([`10.89.23.1:${port}`]),
        otherName: "elsewhere.example",
    });
    let said = "";
    let elsewhere: NameServer;

    beforeAll(async () => {
        elsewhere = await nameServer(port, { "elsewhere.example": "10.89.23.11" });
        said = await example.up();
    });

    afterAll(async () => {
        await example.destroy();
        await elsewhere.close();
    });

    it("resolves by UDP and by TCP on the machine's bridge, and only there", () => {
        expect(said).toContain(
            "port 53, udp and tcp, is bound to 172.17.0.1, the bridge of dev-client-1, and to no other",
        );
        for (const protocol of ["udp", "tcp"]) {
            const line = `a container on dev-client-1 finds consul.service.consul by ${protocol}`;
            expect(said).toContain(line);
        }
    });

    it("resolves other names by way of the recursor", () => {
        expect(said).toMatch(
            /and elsewhere\.example, by way of 10\.89\.23\.1:5355: .*10\.89\.23\.11:80/,
        );
        expect(elsewhere.asked()).toContain("elsewhere.example");
    });

    it("gave its containers no other resolver", async () => {
        const words = [
            "docker",
            "inspect",
            "--format={{.HostConfig.Dns}} {{.HostConfig.DnsOptions}}",
        ];
        const printed = await example.onMachine("client-1", ...words, "asks-udp", "asks-tcp");
        const given = printed.replaceAll("<no value>", "[]").split("\n");
        expect(given).toEqual(["[172.17.0.1] []", "[172.17.0.1] [use-vc]"]);
    });

    it("is changed by no second up", async () => {
        expect(await example.up()).toContain("nothing was changed");
    });

    it("leaves nothing when it is removed", async () => {
        await example.destroy();
        expect(await example.remains()).toEqual([]);
    });
});
