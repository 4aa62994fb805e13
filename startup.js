import { createRequire, enableCompileCache } from "node:module";
import { debuglog } from "node:util";
import { defer } from "./deferred.js";
import { leaveOutNotes } from "./sdkNotes.js";

/*
 * What Pulumi runs: index.ts, after what makes it start sooner. Plain JavaScript, for before its first
 * file of TypeScript Node loads what takes the types off; of all later ones it keeps the outcome.
 */

// Pulumi's SDK is some hundred files: to compile them takes a third of this program's time, and is the
// same each time. Kept where Node keeps it, unless NODE_DISABLE_COMPILE_CACHE says otherwise. Files that
// are imported in the ordinary way are compiled before any of them runs, so index.ts is not.
enableCompileCache();

// Pulumi's runner installs a translator of stack traces, and its SDK takes a trace for every property
// of every resource. Node runs our TypeScript line by line as it is written, so its own traces need no
// translation; and the first lines of one tell where an error is from.
Reflect.deleteProperty(Error, "prepareStackTrace");
Error.stackTraceLimit = 4;

const require = createRequire(import.meta.url);

// To pack up functions for a cloud, which nothing here does, the SDK has a compiler and npm's reader of
// trees of packages: they take longer to load than all the rest of it. And it has what runs Pulumi.
defer(require.resolve("@pulumi/pulumi"), [
    "typescript",
    "@npmcli/arborist",
    "normalize-package-data",
    "./automation",
]);

// NODE_DEBUG=pulumi has them back.
if (!debuglog("pulumi").enabled) {
    leaveOutNotes(require);
}

export default { ...(await import("./index.ts")) };
