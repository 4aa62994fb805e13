import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** How many times as long the first `up` of a secured cluster may take. */
const bound = 1.35;

/** How often each kind is brought up; the fastest counts, for other work of the computer slows any of them. */
const times = 2;

describe.skipIf(missing !== undefined)("the first up of three servers", () => {
    const stacks = {
        open: new LabStack("lab-cost-open"),
        full: new LabStack("lab-cost-full"),
    };

    beforeAll(async () => {
        for (const [security, stack] of Object.entries(stacks)) {
            await stack.init();
            stack.configure({ servers: 3, security });
        }
        // What is made once for all stacks is there, and the files are in the page cache.
        await stacks.open.up();
        await stacks.open.destroy();
    });

    afterAll(async () => {
        await stacks.open.end();
        await stacks.full.end();
    });

    it(`takes at most ${bound} times as long where the cluster is secured`, async () => {
        const seconds = { open: Infinity, full: Infinity };
        for (let time = 1; time <= times; time += 1) {
            for (const security of ["open", "full"] as const) {
                const begun = performance.now();
                await stacks[security].up();
                const taken = (performance.now() - begun) / 1000;
                seconds[security] = Math.min(seconds[security], taken);
                await stacks[security].destroy();
            }
        }
        const { open, full } = seconds;
        console.log(`open ${open.toFixed(1)} s, full ${full.toFixed(1)} s: ${full / open}`);
        expect(full / open).toBeLessThan(bound);
    });
});
