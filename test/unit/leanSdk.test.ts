import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { runApart } from "../support/ownProcess.ts";

const leanSdk = new URL("../../leanSdk.js", import.meta.url).href;
const sdk = createRequire(import.meta.url).resolve("@pulumi/pulumi");

/** Runs a module beside the SDK, of which nothing is loaded yet. */
function run(text: string): Promise<unknown> {
    const beginning = `
        import { leanSdk } from ${JSON.stringify(leanSdk)};
        const require = createRequire(${JSON.stringify(sdk)});
    `;
    // Where the SDK takes its engine to be; nobody is asked there.
    return runApart(beginning + text, { PULUMI_NODEJS_ENGINE: "127.0.0.1:1" });
}

/** Does what Pulumi's runner does before a program, and what a program does; prints what came of it. */
const running = `
    const translator = Error.prepareStackTrace;
    await require("./runtime/closure/v8Hooks").isInitializedAsync();
    const span = require("./cmd/run/tracing").newSpan("a test's");
    span.setAttribute("of", "nobody");
    span.end();
    require("source-map-support/register");

    const pulumi = require("@pulumi/pulumi");
    await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "1", state: {} }) });
    const sent = [];
    require("./runtime/settings").getEngine().log = (line, sentIt) => {
        sent.push(line.getMessage());
        sentIt();
    };
    const made = new pulumi.ComponentResource("test:index:Thing", "thing");
    const urn = await made.urn.promise();
    await pulumi.log.info("something to read");
    const promise = Promise.resolve("kept");
    const kept = await require("./runtime/debuggable").debuggablePromise(promise, "a test's");

    const isSyntax = (text) => {
        try {
            return typeof new Function(text) === "function";
        } catch {
            return false;
        }
    };
    print({
        urn,
        kept,
        traceLines: Error.stackTraceLimit,
        read: sent.includes("something to read"),
        lines: sent.length > 1,
        traced: promise._debugStackTrace.includes(" at "),
        // The SDK allows it for its debugger.
        debugger: isSyntax("return %GetOptimizationStatus(() => 1);"),
        spans: Object.keys(require.cache).some((file) => file.includes("/@opentelemetry/sdk-trace")),
        translator: Error.prepareStackTrace !== translator,
    });
`;

test("a program runs as it does without, and the SDK leaves out what nobody looks at", async () => {
    const asBefore = {
        urn: "urn:pulumi:stack::project::test:index:Thing::thing",
        kept: "kept",
        traceLines: 10,
        read: true,
    };
    const [whole, lean] = await Promise.all([run(running), run(`leanSdk(require); ${running}`)]);
    const notes = { lines: true, traced: true, debugger: true, spans: true, translator: true };
    expect(whole).toEqual({ ...asBefore, ...notes });
    const none = { lines: false, traced: false, debugger: false, spans: false, translator: false };
    expect(lean).toEqual({ ...asBefore, ...none });
});

test("functions and packages can be packed up all the same, with what is loaded then", async () => {
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
