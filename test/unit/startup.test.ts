import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { parse } from "yaml";

const sdk = createRequire(import.meta.url).resolve("@pulumi/pulumi");

/** Parts of the SDK, as its own files require them, for which there may be a stand-in. */
const parts = [
    "typescript",
    "@npmcli/arborist",
    "normalize-package-data",
    "./automation",
    "./runtime/closure/v8Hooks",
    "./cmd/run/tracing",
    "source-map-support/register",
];

/** What a process is like that Node starts as Pulumi has it start the program. */
async function start(env: NodeJS.ProcessEnv = {}, words: readonly string[] = []): Promise<unknown> {
    const { runtime } = parse(readFileSync("Pulumi.yaml", "utf8")) as {
        readonly runtime: { readonly options: { readonly nodeargs: string } };
    };
    const text = `
        const { createRequire, getCompileCacheDir } = process.getBuiltinModule("node:module");
        const { isProxy } = process.getBuiltinModule("node:util").types;
        const require = createRequire(${JSON.stringify(sdk)});
        const names = ${JSON.stringify(parts)};
        process.stdout.write(JSON.stringify({
            cached: getCompileCacheDir() !== undefined,
            traceLines: Error.stackTraceLimit,
            standIns: names.filter((name) => isProxy(require.cache[require.resolve(name)]?.exports)),
        }));
    `;
    const args = [...runtime.options.nodeargs.split(" "), "--eval", text, "--", ...words];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
        env: { ...process.env, ...env },
    });
    return JSON.parse(stdout);
}

test("the program starts with what it was compiled to, and without parts that nobody needs", async () => {
    expect(await start()).toEqual({ cached: true, traceLines: 4, standIns: parts });
});

test.each<[string, NodeJS.ProcessEnv, readonly string[]]>([
    ["NODE_DEBUG", { NODE_DEBUG: "pulumi" }, []],
    ["pulumi --tracing", {}, ["--tracing", "http://127.0.0.1:9411"]],
    ["OpenTelemetry", { PULUMI_OTEL_EXPORTER_OTLP_ENDPOINT: "127.0.0.1:4317" }, []],
])("whoever looks into the SDK by %s has it whole", async (_, env, words) => {
    expect(await start(env, words)).toEqual({ cached: true, traceLines: 4, standIns: [] });
});
