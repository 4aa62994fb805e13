import { randomInt } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { servers, untilWhole } from "../lab/support/cluster.ts";
import { LabStack, type Outputs } from "../lab/support/labStack.ts";
import { lostWrites, OutsideClient } from "../lab/support/outsideClient.ts";
import { missing } from "../lab/support/pieces.ts";
import { killedUp } from "./support/killedUp.ts";
import { forgetReport, report } from "./support/report.ts";

const name = "lab-halted";

describe.skipIf(missing !== undefined)("a rolling change that is killed and run again", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    let retention = 60;
    /** Milliseconds that such a change takes when it is not interrupted. */
    let fullMs = 0;

    const configureAnother = () => {
        retention += 1;
        const telemetry = { prometheus_retention_time: `${retention}s` };
        stack.configure({ servers: 3, agentConfig: { telemetry } });
    };

    beforeAll(async () => {
        forgetReport("rollingChange");
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        configureAnother();
        const begun = Date.now();
        await stack.up();
        fullMs = Date.now() - begun;
    });

    afterAll(async () => {
        await stack.end();
    });

    it.each(Array.from({ length: 10 }, (_, index) => [index + 1]))(
        "loses neither a write nor an identity, moment %i of 10",
        async (moment) => {
            const before = await servers(outputs);
            const addresses = Object.values(outputs.nodes).map((node) => node.httpAddress);
            const client = new OutsideClient(addresses);
            configureAnother();
            const wait = randomInt(fullMs);
            const killed = await killedUp(stack, wait);
            await stack.up();
            await untilWhole(outputs);
            const healed = Date.now() - killed;
            const seen = await client.stop();

            const lost = await lostWrites(outputs.httpAddress, seen.acknowledged);
            const at = Math.round((100 * wait) / fullMs);
            const fault = `\`up\` killed ${at} % into a rolling change, run again (${moment})`;
            report("rollingChange", { fault, seen, healed, lost });
            expect(lost).toEqual([]);
            const after = await servers(outputs);
            expect(after.map(({ ID, Voter }) => [ID, Voter])).toEqual(
                before.map(({ ID }) => [ID, true]),
            );
            await stack.up("--expect-no-changes");
        },
    );
});
