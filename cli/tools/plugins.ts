import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { property } from "../../scripts/system/json.ts";
import { run, tail, mustRun } from "../../scripts/system/process.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { findNamed } from "./programTool.ts";
import type { Pulumi } from "./pulumi.ts";
import { versions, type plugins } from "./versions.ts";

/** How long Pulumi may try to download one plugin, some 30 MB. */
const installWithinMs = 180_000;

/** One of Pulumi's provider plugins, of the version that its npm package asks for: where it is. */
export function pluginTool(
    { path: pulumi }: Pulumi,
    { name, version }: (typeof plugins)[number],
): Tool<string> {
    const install = ["plugin", "install", "resource", name, version];
    const fetch = async () => {
        const limit = { timeoutMs: installWithinMs };
        await mustRun(`pulumi ${install.join(" ")}`, [pulumi, ...install], limit);
        return installed;
    };
    return {
        name: `Pulumi's ${name} plugin ${version}`,
        ways: [
            { kind: "find", how: "installed", attempt: () => findInstalled(pulumi, name, version) },
            { kind: "find", how: "on PATH", attempt: () => findNamed([`pulumi-resource-${name}`]) },
            { kind: "fetch", how: "downloading it with pulumi plugin install", attempt: fetch },
        ],
        advice:
            `Where downloads work, run \`pulumi ${install.join(" ")}\`. Elsewhere fetch ` +
            `pulumi-resource-${name}-v${version}-${process.platform}-<processor>.tar.gz from ` +
            `https://github.com/pulumi/pulumi-${name}/releases on another computer and run ` +
            `\`pulumi ${install.join(" ")} --file <that file>\`.`,
    };
}

const installed = { got: "installed", note: "installed" };

async function findInstalled(
    pulumi: string,
    name: string,
    version: string,
): Promise<Attempt<string>> {
    const answer = await run(pulumi, ["plugin", "ls", "--json"], { timeoutMs: 30_000 });
    if (answer.code !== 0) {
        return { missed: `pulumi plugin ls: ${tail(answer, 1)}` };
    }
    const found = pluginVersions(JSON.parse(answer.stdout), name);
    return found.includes(version)
        ? installed
        : { missed: found.length === 0 ? "no version of it" : `only ${found.join(", ")}` };
}

/** The versions of a provider plugin in what `pulumi plugin ls --json` prints. */
export function pluginVersions(list: unknown, name: string): string[] {
    const rows: unknown[] = Array.isArray(list) ? list : [];
    return rows
        .filter((row) => property(row, "kind") === "resource" && property(row, "name") === name)
        .map((row) => property(row, "version"))
        .filter((version) => typeof version === "string");
}

/**
 * What runs a Node program for `pulumi up`. Every release of Pulumi brings it, only a CLI built from
 * its Go module lacks it; `npm start` needs none, as it runs the program itself.
 */
export function languageHostTool({ path }: Pulumi): Tool<string> {
    const names = ["pulumi-language-nodejs"];
    const beside = () => findNamed(names, [dirname(path), dirname(realpathSync(path))]);
    return {
        name: "Pulumi's host for Node programs",
        ways: [
            { kind: "find", how: "beside the CLI", attempt: beside },
            { kind: "find", how: "on PATH", attempt: () => findNamed(names) },
        ],
        advice:
            `Install a release of Pulumi ${versions.pulumi.oldest} or later, ` +
            "https://www.pulumi.com/docs/install/: it brings the host along.",
    };
}
