import { findProgram, run, tail } from "../../scripts/system/process.ts";
import type { Attempt, Tool } from "./obtain.ts";
import type { Pulumi } from "./pulumi.ts";
import { plugins } from "./versions.ts";

/** How long Pulumi may try to download one plugin, some 30 MB, before it counts as unreachable. */
const installWithinMs = 180_000;

/** Where a provider plugin was found. */
export type PluginSource = "installed" | "on PATH";

/** One of Pulumi's provider plugins, of the version that its npm package asks for. */
export function pluginTool(
    { path: pulumi }: Pulumi,
    { name, version }: (typeof plugins)[number],
): Tool<PluginSource> {
    const install = ["plugin", "install", "resource", name, version];
    return {
        name: `Pulumi's ${name} plugin ${version}`,
        ways: [
            { kind: "find", how: "installed", attempt: () => findInstalled(pulumi, name, version) },
            { kind: "find", how: "on PATH", attempt: () => findAmbient(name) },
            {
                kind: "fetch",
                how: "downloading it with pulumi plugin install",
                attempt: async () => {
                    const done = await run(pulumi, install, { timeoutMs: installWithinMs });
                    return done.code === 0
                        ? { got: "installed", note: "installed" }
                        : { missed: tail(done, 1) };
                },
            },
        ],
        advice:
            `Where downloads work, run \`pulumi ${install.join(" ")}\`. Elsewhere fetch ` +
            `pulumi-resource-${name}-v${version}-${process.platform}-<processor>.tar.gz from ` +
            `https://github.com/pulumi/pulumi-${name}/releases on another computer and run ` +
            `\`pulumi ${install.join(" ")} --file <that file>\`.`,
    };
}

async function findInstalled(
    pulumi: string,
    name: string,
    version: string,
): Promise<Attempt<PluginSource>> {
    const answer = await run(pulumi, ["plugin", "ls", "--json"], { timeoutMs: 30_000 });
    if (answer.code !== 0) {
        return { missed: `pulumi plugin ls: ${tail(answer, 1)}` };
    }
    const found = pluginVersions(JSON.parse(answer.stdout), name);
    return found.includes(version)
        ? { got: "installed", note: "installed" }
        : { missed: found.length === 0 ? "no version of it" : `only ${found.join(", ")}` };
}

async function findAmbient(name: string): Promise<Attempt<PluginSource>> {
    const path = await findProgram([`pulumi-resource-${name}`]);
    return path === undefined
        ? { missed: `no pulumi-resource-${name} there` }
        : { got: "on PATH", note: path };
}

/** The versions of a provider plugin in what `pulumi plugin ls --json` prints. */
export function pluginVersions(list: unknown, name: string): string[] {
    const rows: unknown[] = Array.isArray(list) ? list : [];
    return rows.filter(isPlugin).flatMap((row) => {
        const matches = row.kind === "resource" && row.name === name;
        return matches && row.version !== undefined ? [row.version] : [];
    });
}

interface PluginRow {
    readonly name: string;
    readonly kind: string;
    readonly version?: string;
}

function isPlugin(row: unknown): row is PluginRow {
    return typeof row === "object" && row !== null && "name" in row && "kind" in row;
}
