import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const sdkNotes = new URL("../../sdkNotes.js", import.meta.url).href;

/** Runs a module beside the SDK in a process of its own, for what it changes there stays changed. */
async function run(text: string): Promise<unknown> {
    const beginning = `
        import { createRequire } from "node:module";
        import { leaveOutNotes } from ${JSON.stringify(sdkNotes)};
        const require = createRequire(${JSON.stringify(import.meta.url)});
        const pulumi = require("@pulumi/pulumi");
        const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
        const print = (value) => process.stdout.write(JSON.stringify(value));
        const sent = [];
        await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "1", state: {} }) });
        const engine = require("@pulumi/pulumi/runtime/settings").getEngine();
        engine.log = (line, sentIt) => {
            sent.push(line.getMessage());
            sentIt();
        };
        const declare = async () => {
            const made = new pulumi.ComponentResource("test:index:Thing", "thing");
            await made.urn.promise();
            await pulumi.log.info("something to read");
        };
    `;
    const words = ["--input-type=module", "--eval", beginning + text];
    // Where the SDK takes its engine to be; nobody is asked there.
    const env = { ...process.env, PULUMI_NODEJS_ENGINE: "127.0.0.1:1" };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    return JSON.parse(stdout) as unknown;
}

test("the engine is sent what is to be read, and no line about the SDK's own work", async () => {
    const noted = (await run("await declare(); print(sent);")) as string[];
    expect(noted.length).toBeGreaterThan(1);
    expect(noted).toContain("something to read");

    const answer = await run("leaveOutNotes(require); await declare(); print(sent);");
    expect(answer).toEqual(["something to read"]);
});

test("a promise of the SDK's is kept as before, without a trace of where it was made", async () => {
    const answer = await run(`
        leaveOutNotes(require);
        const { debuggablePromise: now } = require("@pulumi/pulumi/runtime/debuggable");
        const traceOf = async (keep) => {
            const promise = Promise.resolve("kept");
            const kept = await keep(promise, "a test's");
            return { kept, traced: promise._debugStackTrace.includes(" at ") };
        };
        print({
            before: await traceOf(debuggablePromise),
            after: await traceOf(now),
            limit: Error.stackTraceLimit,
        });
    `);
    expect(answer).toEqual({
        before: { kept: "kept", traced: true },
        after: { kept: "kept", traced: false },
        limit: 10,
    });
});
