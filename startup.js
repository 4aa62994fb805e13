import { createRequire, enableCompileCache } from "node:module";
import { debuglog } from "node:util";
import { leanSdk } from "./leanSdk.js";

/*
 * What Node loads before Pulumi runs index.ts, so that it starts sooner: Pulumi.yaml says so. Plain
 * JavaScript, for before its first file of TypeScript Node loads what takes the types off; of all later
 * ones it keeps the outcome.
 */

// Pulumi's SDK is some hundred files: to compile them takes a third of this program's time, and is the
// same each time. Kept where Node keeps it, unless NODE_DISABLE_COMPILE_CACHE says otherwise.
enableCompileCache();

// The SDK takes a trace for every property of every resource; the first lines of one tell where an error
// is from.
Error.stackTraceLimit = 4;

// Whoever looks into the SDK, by NODE_DEBUG=pulumi or by Pulumi's own tracing, has it whole.
const isLookedInto =
    debuglog("pulumi").enabled ||
    process.argv.includes("--tracing") ||
    process.env.PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
if (!isLookedInto) {
    leanSdk(createRequire(import.meta.url));
}
