import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Interruption } from "../../../cli/stack/interruption.ts";
import { readVerb, type Verb, type VerbRequest } from "../../../cli/stack/verbOptions.ts";
import { importAgain } from "../../../cli/stack/workspace.ts";

const plain: VerbRequest = {
    stack: "dev",
    configFile: undefined,
    yes: false,
    skipPreview: false,
    options: {},
};

describe("readVerb", () => {
    it.each<[Verb, string[], Partial<VerbRequest>]>([
        ["preview", [], {}],
        ["up", ["--stack", "prod", "--yes"], { stack: "prod", yes: true }],
        ["up", ["-s", "prod", "-y", "-f"], { stack: "prod", yes: true, skipPreview: true }],
        // As with `pulumi`, who skips the preview is not asked.
        ["refresh", ["--skip-preview"], { yes: true, skipPreview: true }],
        ["destroy", ["--config-file", "../x.yaml"], { configFile: "../x.yaml" }],
        [
            "up",
            [
                ...["--target=a", "-t", "b", "--target-dependents", "--replace", "c"],
                ...["--exclude", "d", "--exclude-dependents", "--refresh", "--run-program"],
                ...["--expect-no-changes", "--diff", "--message", "why", "--parallel", "4"],
                ...["--continue-on-error", "--suppress-outputs", "--suppress-progress", "--debug"],
            ],
            {
                options: {
                    target: ["a", "b"],
                    targetDependents: true,
                    replace: ["c"],
                    exclude: ["d"],
                    excludeDependents: true,
                    refresh: true,
                    runProgram: true,
                    expectNoChanges: true,
                    diff: true,
                    message: "why",
                    parallel: 4,
                    continueOnError: true,
                    suppressOutputs: true,
                    suppressProgress: true,
                    debug: true,
                },
            },
        ],
        ["refresh", ["--clear-pending-creates"], { options: { clearPendingCreates: true } }],
        [
            "destroy",
            ["--remove", "--exclude-protected", "--refresh"],
            { options: { remove: true, excludeProtected: true, refresh: true } },
        ],
    ])("of %s %j", (verb, args, expected) => {
        expect(readVerb(verb, args)).toEqual({ ...plain, ...expected });
    });

    it.each<[Verb, string]>([
        ["preview", "--yes"],
        ["preview", "--continue-on-error"],
        ["refresh", "--replace"],
        ["refresh", "--diff"],
        ["refresh", "--refresh"],
        ["destroy", "--expect-no-changes"],
        ["up", "--show-secrets"],
        ["up", "--json"],
        ["up", "--remove"],
    ])("of %s refuses %s, which the Automation API lacks there", (verb, option) => {
        expect(() => readVerb(verb, [option])).toThrow(
            new RegExp(`^unknown option '${option}'.*Usage: npm run ${verb} -- \\[options\\]`, "s"),
        );
    });

    it.each([
        [
            ["--stack", "org/project/dev"],
            '--stack: got "org/project/dev"; expected a stack\'s name',
        ],
        [["--stack", "examples"], '--stack: got "examples"'],
        [["--parallel", "0"], '--parallel: got "0"; expected a number, such as 8'],
        [["dev"], "too many arguments. Expected 0 arguments but got 1: dev."],
    ])("refuses %j", (args, message) => {
        expect(() => readVerb("up", args)).toThrow(message);
    });
});

describe("importAgain", () => {
    it("runs a module each time, as an up after a preview needs", async () => {
        const file = join(mkdtempSync(join(tmpdir(), "program-")), "program.mjs");
        writeFileSync(
            file,
            "globalThis.runs = (globalThis.runs ?? 0) + 1; export const run = runs;",
        );
        expect([await importAgain(file), await importAgain(file)]).toEqual([
            { run: 1 },
            { run: 2 },
        ]);
    });
});

describe("an interruption", () => {
    const tell = vi.fn();
    let interruption: Interruption;

    beforeEach(() => {
        vi.useFakeTimers();
        tell.mockClear();
        interruption = new Interruption(tell);
    });

    afterEach(() => {
        interruption.close();
        vi.useRealTimers();
    });

    const received = {
        sequence: 1,
        timestamp: 1,
        stdoutEvent: { message: "^C received; cancelling.", color: "never" },
    };

    it("is passed on to Pulumi, which says nothing of a signal", () => {
        process.emit("SIGINT");
        expect([interruption.isInterrupted, interruption.signal.aborted]).toEqual([true, false]);
        vi.advanceTimersByTime(1000);
        expect(interruption.signal.aborted).toBe(true);
    });

    it("is not passed on where the terminal sent it to Pulumi too, and is one although it comes twice", () => {
        process.emit("SIGINT");
        interruption.follow(received);
        process.emit("SIGINT");
        vi.advanceTimersByTime(60_000);
        expect(interruption.signal.aborted).toBe(false);
        expect(tell).toHaveBeenCalledOnce();
    });

    it("is passed on at once where this process is terminated", () => {
        process.emit("SIGTERM");
        expect([interruption.isInterrupted, interruption.signal.aborted]).toEqual([true, true]);
    });
});
