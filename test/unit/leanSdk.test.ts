import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const leanSdk = new URL("../../leanSdk.js", import.meta.url).href;
const sdk = createRequire(import.meta.url).resolve("@pulumi/pulumi");

/** Runs a module in a process of its own, in which nothing is loaded yet; resolves with its answer. */
async function run(text: string): Promise<unknown> {
    const beginning = `
        import { createRequire } from "node:module";
        import { leanSdk } from ${JSON.stringify(leanSdk)};
        const require = createRequire(${JSON.stringify(sdk)});
        const print = (value) => process.stdout.write(JSON.stringify(value));
    `;
    const words = ["--input-type=module", "--eval", beginning + text];
    // Where the SDK takes its engine to be; nobody is asked there.
    const env = { ...process.env, PULUMI_NODEJS_ENGINE: "127.0.0.1:1" };
    const { stdout } = await promisify(execFile)(process.execPath, words, { env });
    return JSON.parse(stdout) as unknown;
}

test("functions and packages can be packed up as before, with what is loaded then", async () => {
    const answer = await run(`
        leanSdk(require);
        const pulumi = require("@pulumi/pulumi");
        const inside = (part) => Object.keys(require.cache).filter((file) => file.includes(part)).length;
        const before = inside("/@npmcli/") + inside("/spdx-correct/");
        const packed = await pulumi.runtime.serializeFunction((a) => a + 1);
        const paths = await pulumi.runtime.computeCodePaths();
        print([before, packed.text.includes("a + 1"), paths.size > 0, inside("/@npmcli/") > 1]);
    `);

    // The one is the stand-in.
    expect(answer).toEqual([1, true, true, true]);
});

/** What is there after what Pulumi's runner does before the program: it waits for the SDK's debugger,
 * measures a span, and has stack traces translated. */
const running = `
    const translator = Error.prepareStackTrace;
    await require("./runtime/closure/v8Hooks").isInitializedAsync();
    const span = require("./cmd/run/tracing").newSpan("a test's");
    span.setAttribute("of", "nobody");
    span.end();
    require("source-map-support/register");
    const isSyntax = (text) => {
        try {
            return typeof new Function(text) === "function";
        } catch {
            return false;
        }
    };
    print({
        // The SDK allows it for its debugger.
        debugged: isSyntax("return %GetOptimizationStatus(() => 1);"),
        tracing: Object.keys(require.cache).some((file) => file.includes("/@opentelemetry/sdk-trace")),
        translated: Error.prepareStackTrace !== translator,
    });
`;

test("the runner has what it asks for, without a debugger, a collector of spans, a translator", async () => {
    const whole = { debugged: true, tracing: true, translated: true };
    expect(await run(running)).toEqual(whole);

    const lean = { debugged: false, tracing: false, translated: false };
    expect(await run(`leanSdk(require); ${running}`)).toEqual(lean);
});

/** What the engine is sent when a resource is declared and something is said. */
const declaring = `
    const pulumi = require("@pulumi/pulumi");
    await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "1", state: {} }) });
    const sent = [];
    require("./runtime/settings").getEngine().log = (line, sentIt) => {
        sent.push(line.getMessage());
        sentIt();
    };
    const made = new pulumi.ComponentResource("test:index:Thing", "thing");
    await made.urn.promise();
    await pulumi.log.info("something to read");
    print(sent);
`;

test("the engine is sent what is to be read, and no line about the SDK's own work", async () => {
    const whole = (await run(declaring)) as string[];
    expect(whole.length).toBeGreaterThan(1);
    expect(whole).toContain("something to read");

    expect(await run(`leanSdk(require); ${declaring}`)).toEqual(["something to read"]);
});

test("a promise of the SDK's is kept as before, without a trace of where it was made", async () => {
    const answer = await run(`
        const before = require("./runtime/debuggable").debuggablePromise;
        leanSdk(require);
        const traceOf = async (keep) => {
            const promise = Promise.resolve("kept");
            const kept = await keep(promise, "a test's");
            return { kept, traced: promise._debugStackTrace.includes(" at ") };
        };
        print({
            before: await traceOf(before),
            after: await traceOf(require("./runtime/debuggable").debuggablePromise),
            limit: Error.stackTraceLimit,
        });
    `);
    expect(answer).toEqual({
        before: { kept: "kept", traced: true },
        after: { kept: "kept", traced: false },
        limit: 10,
    });
});
