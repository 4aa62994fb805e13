import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { refuseMaking } from "../../program/preflight/refuseMaking.ts";
import { without } from "./support/cli.ts";
import { cluster } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const problem = "d (root@10.0.0.100:22): it has a volume.";
const message = `One thing is wrong; nothing was made or changed:\n  ${problem}`;

/** The program of a cluster, where hosts of it may be refused. */
function refusing(servers: string): pulumi.automation.PulumiFn {
    return async () => {
        await refuseMaking([problem], message);
        return cluster({ servers })();
    };
}

describe.skipIf(without !== "")(`a host that is refused${without}`, () => {
    let formed: EngineStack;

    beforeAll(async () => {
        formed = await EngineStack.create();
        await formed.up(cluster({ servers: "abc" }));
    });

    afterAll(() => {
        formed.dispose();
    });

    test("an update makes and changes nothing, and says why", async () => {
        const stack = await formed.fork();
        const { lines, output } = await stack.failingUp(refusing("abcd"));
        expect(output).toContain(problem);
        expect(lines.filter((line) => !line.includes("hosts-refused"))).toEqual([]);
        // The next one, once it is put right.
        expect(await stack.up(cluster({ servers: "abcd" }))).toContain("create d-agent");
    });

    test("a preview is refused as well", async () => {
        const stack = await formed.fork();
        const failure = await stack.preview(refusing("abcd")).then(
            () => undefined,
            (error: unknown) => String(error),
        );
        expect(failure).toContain(problem);
    });

    test("a removal with the program is not refused, and leaves nothing", async () => {
        const warn = vi.spyOn(pulumi.log, "warn");
        const stack = await formed.fork();
        await stack.destroy(refusing("abcd"));
        expect(await stack.urns()).toEqual([]);
        expect(warn.mock.calls.map(([text]) => text)).toEqual([
            `${problem} Nothing is made there by this run.`,
        ]);
        vi.restoreAllMocks();
    });
});
