/**
 * What Pulumi's SDK notes about its own work, left out: it takes a tenth of this program's time and is
 * read by those who work on the SDK.
 *
 * @param {NodeJS.Require} require of a file that the SDK is found from
 */
export function leaveOutNotes(require) {
    leaveOutDebugLines(require("@pulumi/pulumi/log"));
    leaveOutTraces(require("@pulumi/pulumi/runtime/debuggable"));
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
 * With each of some thousand promises the SDK keeps a stack trace, for the case that one is never kept.
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
