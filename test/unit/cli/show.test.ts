import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { describe, expect, it } from "vitest";
import { describeRunning, elapsed, Progress, timeLeft } from "../../../cli/show/stepProgress.ts";
import { columns, table } from "../../../cli/show/table.ts";
import { EventFollower, resourceName } from "../../../cli/stack/events.ts";

/** A screen that is a file, or a terminal, and what was written to it. */
function screen(isTTY: boolean) {
    const written: string[] = [];
    const stream = {
        isTTY,
        columns: 40,
        write: (text: string) => {
            written.push(text);
            return true;
        },
    } as unknown as NodeJS.WriteStream;
    return { stream, written };
}

describe("elapsed", () => {
    it.each([
        [0, "0.0 s"],
        [8_240, "8.2 s"],
        [59_940, "59.9 s"],
        [59_960, "1 min 00 s"],
        [125_400, "2 min 05 s"],
    ])("%i ms is %s", (milliseconds, expected) => {
        expect(elapsed(milliseconds)).toBe(expected);
    });
});

describe("describeRunning", () => {
    const running = new Map([
        ["server-1", { since: 1000 }],
        ["server-2", { since: 2000 }],
    ]);

    it("tells each thing and for how long", () => {
        expect(describeRunning(running, 4000, 80)).toBe("server-1 3.0 s, server-2 2.0 s");
    });

    it("is cut to the room there is", () => {
        expect(describeRunning(running, 4000, 20)).toBe("server-1 3.0 s, s...");
        expect(describeRunning(running, 4000, 0)).toBe("...");
    });

    it("tells how much is left where that is known, and is shortened before it is cut", () => {
        const builds = new Map([
            ["Pulumi's CLI: building it", { since: 0, expectedMs: 240_000 }],
            ["Consul image: building it", { since: 50_000, expectedMs: 20_000 }],
        ]);
        expect(describeRunning(builds, 80_000, 200)).toBe(
            "Pulumi's CLI: building it 1 min 20 s (about 3 min left), " +
                "Consul image: building it 30.0 s (longer than usual)",
        );
        expect(describeRunning(builds, 80_000, 90)).toBe(
            "Pulumi's CLI 1 min 20 s (about 3 min left), Consul image 30.0 s (longer than usual)",
        );
    });
});

describe("timeLeft", () => {
    it.each([
        [0, 240_000, "about 4 min left"],
        [151_000, 240_000, "about 2 min left"],
        [165_000, 240_000, "about 80 s left"],
        [239_000, 240_000, "about 10 s left"],
        [240_001, 240_000, "longer than usual"],
    ])("after %i of %i ms is %s", (gone, expected, text) => {
        expect(timeLeft(gone, expected)).toBe(text);
    });
});

describe("Progress", () => {
    it("writes plain lines into a file", async () => {
        const { stream, written } = screen(false);
        const progress = new Progress(stream);
        progress.line("The cluster:");
        expect(await progress.during("building", () => Promise.resolve(7))).toBe(7);
        progress.begin("server-1");
        expect(progress.end("server-1")).toMatch(/^\d\.\d s$/);
        expect(written).toEqual(["The cluster:\n", "  building ...\n"]);
        await progress.during("linking", () => Promise.resolve(), 61_000);
        expect(written.at(-1)).toBe("  linking, about 70 s ...\n");
    });

    it("keeps a moving line below on a terminal, and takes it away at the end", () => {
        const { stream, written } = screen(true);
        const progress = new Progress(stream);
        progress.begin("server-1");
        expect(written.at(-1)).toMatch(/^0\.\d s {2}server-1 0\.\d s$/);
        progress.end("server-1");
        expect(written.slice(-2).join("")).toBe("\u001b[2K\u001b[1G");
    });

    it("knows nothing of what was never begun", () => {
        expect(new Progress(screen(false).stream).end("server-1")).toBeUndefined();
    });
});

describe("table", () => {
    it("makes each column as wide as its widest cell", () => {
        expect(table(["node", "role"], [["server-1", "server"], ["x"]])).toBe(
            ["node      role", "--------  ------", "server-1  server", "x"].join("\n"),
        );
    });

    it("lays out columns without a header", () => {
        expect(
            columns([
                ["a", "b"],
                ["long", "c"],
            ]),
        ).toEqual(["a     b", "long  c"]);
        expect(columns([])).toEqual([]);
    });
});

describe("EventFollower", () => {
    const step = (name: string, op: string, type = "command:local:Command", custom = true) => ({
        op,
        urn: `urn:pulumi:dev::shop::${type}::${name}`,
        type,
        old: undefined,
        new: { custom },
    });
    const event = (content: object) => content as unknown as EngineEvent;

    function follow(...events: EngineEvent[]) {
        const { stream, written } = screen(false);
        const follower = new EventFollower(new Progress(stream));
        for (const one of events) {
            follower.follow(one);
        }
        return { follower, lines: written.map((line) => line.replace(/\d+\.\d s/, "N s").trim()) };
    }

    it.each([
        ["create", "server-1: made  N s"],
        ["update", "server-1: changed  N s"],
        ["delete", "server-1: removed  N s"],
        ["create-replacement", "server-1: recreated  N s"],
        ["delete-replaced", "server-1: removed, to be recreated  N s"],
    ])("tells what came of %s", (op, line) => {
        const metadata = step("server-1", op);
        const { lines } = follow(
            event({ resourcePreEvent: { metadata } }),
            event({ resOutputsEvent: { metadata } }),
        );
        expect(lines).toEqual([line]);
    });

    it("counts what was as it should be, and shows neither it nor groupings nor providers", () => {
        const hidden = [
            step("server-1", "same"),
            step("cluster", "create", "shop:index:Cluster", false),
            step("docker", "create", "pulumi:providers:docker"),
        ];
        const { follower, lines } = follow(
            ...hidden.flatMap((metadata) => [
                event({ resourcePreEvent: { metadata } }),
                event({ resOutputsEvent: { metadata } }),
            ]),
        );
        expect(lines).toEqual([]);
        expect(follower.unchanged).toBe(1);
    });

    it("keeps what went wrong, led by whose it is", () => {
        const metadata = step("server-1", "create");
        const { follower, lines } = follow(
            event({ resourcePreEvent: { metadata } }),
            event({ resOpFailedEvent: { metadata } }),
            event({
                diagnosticEvent: {
                    urn: metadata.urn,
                    severity: "error",
                    message: "<{%reset%}>no route to host<{%reset%}>\n",
                },
            }),
            event({ diagnosticEvent: { severity: "error", message: "update failed\n" } }),
            event({ diagnosticEvent: { severity: "info", message: "fine" } }),
        );
        expect(lines).toEqual(["server-1: failed  N s"]);
        expect(follower.failures).toEqual(["server-1: no route to host", "update failed"]);
    });

    it("keeps only the last words of a script that said much", () => {
        const message = Array.from({ length: 40 }, (_, index) => `line ${index}`).join("\n");
        const { follower } = follow(event({ diagnosticEvent: { severity: "error", message } }));
        expect(follower.failures[0]?.split("\n").slice(0, 2)).toEqual(["...", "line 24"]);
        expect(follower.failures[0]).toMatch(/line 39$/);
    });

    it("names a resource as the program does", () => {
        expect(resourceName("urn:pulumi:dev::shop::a:b:C$command:local:Command::x-1")).toBe("x-1");
    });
});
