import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { get, put, servers } from "./support/cluster.ts";
import { remains } from "./support/host.ts";
import { LabStack } from "./support/labStack.ts";
import { missing, withoutOfficial } from "./support/pieces.ts";

const name = "lab-shared";
const ways = [
    ["embedded", "official"],
    ["official", "embedded"],
] as const;

describe.skipIf(missing !== undefined || withoutOfficial !== "")(
    `a stack of two kinds of providers${withoutOfficial}`,
    () => {
        let stack: LabStack;

        beforeEach(async () => {
            stack = new LabStack(name);
            await stack.init();
        });

        afterEach(async () => {
            await stack.end();
        });

        it.each(ways)("is made by %s ones and goes on by %s ones, and back", async (one, other) => {
            stack.providers = one;
            stack.configure({ servers: 1, clients: 1, dnsOnBridge: true });
            await stack.up();
            const outputs = await stack.outputs();
            expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
            const before = await servers(outputs);

            stack.providers = other;
            await stack.must(stack.words("preview", "--refresh", "--expect-no-changes"));
            const agentConfig = { log_level: "DEBUG" };
            stack.configure({ servers: 1, clients: 1, dnsOnBridge: true, agentConfig });
            await stack.up();
            expect((await servers(outputs)).map(({ ID }) => ID)).toEqual(
                before.map(({ ID }) => ID),
            );
            expect(await get(outputs.httpAddress, "kept")).toBe("safe");

            stack.providers = one;
            await stack.must(stack.words("preview", "--expect-no-changes"));
            await stack.up("--refresh", "--expect-no-changes");
            await stack.destroy();
            expect(await remains(name)).toEqual([]);
        });
    },
);
