import { createRequire } from "node:module";
import { defer } from "./deferred.js";

/**
 * Leaves out of Pulumi's SDK, and of what runs a program with it, the parts that are of no use here and
 * take more time than all the rest of its start. Each is there once somebody asks for it. To be called
 * before the SDK is loaded.
 *
 * @param {NodeJS.Require} require of a file that the SDK is found from
 */
export function leanSdk(require) {
    const sdk = require.resolve("@pulumi/pulumi");
    leaveOutPacking(sdk);
    leaveOutTracing(sdk);
    leaveOutTranslator(sdk);
    leaveOutDebugLines(require("@pulumi/pulumi/log"));
    leaveOutTraces(require("@pulumi/pulumi/runtime/debuggable"));
}

/**
 * To pack up functions for a cloud the SDK has a compiler and npm's reader of trees of packages; and it
 * attaches V8's debugger to its own process, which is then told of every file and makes every promise
 * slower. The same SDK has what starts Pulumi's CLI.
 *
 * @param {string} sdk
 */
function leaveOutPacking(sdk) {
    defer(sdk, ["typescript", "@npmcli/arborist", "normalize-package-data", "./automation"]);
    defer(sdk, ["./runtime/closure/v8Hooks"], { isInitializedAsync: () => Promise.resolve() });
}

/**
 * Spans are measured for whoever collects them; where nobody does, OpenTelemetry's own interface makes
 * some that measure nothing.
 *
 * @param {string} sdk
 */
function leaveOutTracing(sdk) {
    const require = createRequire(sdk);
    /** @param {string} name */
    const newSpan = (name) => {
        const { trace } = require("@opentelemetry/api");
        return trace.getTracer("nodejs-runtime").startSpan(name);
    };
    defer(sdk, ["./cmd/run/tracing"], { newSpan });
}

/**
 * A translator of stack traces, for programs that were translated. Node runs ours line by line as it is
 * written.
 *
 * @param {string} sdk
 */
function leaveOutTranslator(sdk) {
    defer(sdk, ["source-map-support/register"]);
}

/**
 * Of each resource the SDK sends the engine three lines, one waiting for the other, which are shown with
 * `pulumi --debug` only.
 *
 * @param {{ debug: typeof import("@pulumi/pulumi").log.debug }} log
 */
function leaveOutDebugLines(log) {
    log.debug = () => Promise.resolve();
}

/**
 * With each of its promises the SDK keeps a stack trace, for the case that one is never kept.
 *
 * @param {{ debuggablePromise: (promise: Promise<unknown>, what: unknown) => Promise<unknown> }} debuggable
 */
function leaveOutTraces(debuggable) {
    const { debuggablePromise } = debuggable;
    debuggable.debuggablePromise = (promise, what) => {
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        try {
            return debuggablePromise(promise, what);
        } finally {
            Error.stackTraceLimit = stackTraceLimit;
        }
    };
}
