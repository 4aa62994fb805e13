import { randomInt } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accessFileOf, defaultStoreFolder, ownerOf } from "../../scripts/protocol/names.ts";
import { get, put, serverIds, untilWhole } from "../lab/support/cluster.ts";
import { LabStack, type Outputs } from "../lab/support/labStack.ts";
import { lostWrites } from "../lab/support/outsideClient.ts";
import { missing } from "../lab/support/pieces.ts";
import { SwitchingClient } from "../lab/support/switchingClient.ts";
import { killedUp } from "./support/killedUp.ts";
import { forgetReport, report } from "./support/report.ts";

const name = "lab-secured-midway";
const access = accessFileOf(defaultStoreFolder(name), ownerOf("consul-machines", name), "consul");

describe.skipIf(missing !== undefined)("an open cluster, the up that secures it killed", () => {
    let stack: LabStack;
    let open: Outputs;
    let client: SwitchingClient;
    /** Milliseconds that it takes to be secured when that is not interrupted. */
    let fullMs = 0;

    async function makeOpen(): Promise<void> {
        stack = new LabStack(name);
        await stack.init();
        stack.configure({ servers: 3, security: "open" });
        await stack.up();
        open = await stack.outputs();
    }

    beforeAll(async () => {
        forgetReport("securing");
        await makeOpen();
        stack.configure({ servers: 3, security: "full" });
        const begun = Date.now();
        await stack.up();
        fullMs = Date.now() - begun;
        await stack.end();
    });

    beforeEach(makeOpen);

    afterEach(async () => {
        await client.stop();
        await stack.end();
    });

    it.each(Array.from({ length: 20 }, (_, index) => [index + 1]))(
        "loses neither a write nor an identity, moment %i of 20",
        async (moment) => {
            const before = await serverIds(open);
            expect(await put(open.httpAddress, "kept", "safe")).toBe(true);
            const addresses = Object.values(open.nodes).map(({ address }) => address);
            client = new SwitchingClient(addresses, access);
            stack.configure({ servers: 3, security: "full" });
            const wait = randomInt(fullMs);
            const killed = await killedUp(stack, wait);
            await stack.up();
            const outputs = await stack.outputs();
            await untilWhole(outputs);
            const healed = Date.now() - killed;
            const seen = await client.stop();

            const lost = await lostWrites(outputs.httpAddress, seen.acknowledged);
            const at = Math.round((100 * wait) / fullMs);
            const fault = `\`up\` killed ${at} % into securing an open cluster, run again (${moment})`;
            report("securing", { fault, seen, healed, lost });
            expect(lost).toEqual([]);
            expect(outputs).toMatchObject({ security: "full" });
            expect(await get(outputs.httpAddress, "kept")).toBe("safe");
            expect(await serverIds(outputs)).toEqual(before);
            expect(seen.longestGap).toBeLessThan(2000);
            await stack.up("--expect-no-changes");
        },
    );
});
