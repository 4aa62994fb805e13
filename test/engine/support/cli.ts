import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { afterAll, inject } from "vitest";
import { cachePath } from "../../../cli/tools/cache.ts";
import { versions } from "../../../cli/tools/versions.ts";

/** A Pulumi CLI to run tests with. */
export interface Cli {
    readonly version: string;
    readonly command: PulumiCommand;
}

/** The one on PATH. */
const onPath: Cli | undefined = await PulumiCommand.get().then(named, () => undefined);

/** Why nothing runs, as part of a suite's name; empty where the tests run. */
export const without: string =
    onPath === undefined || inject("missing") !== undefined
        ? " (skipped: no Pulumi CLI on PATH)"
        : "";

/**
 * Every CLI that is here: the one on PATH, and the one that is built where none can be fetched.
 * Up to 3.259 the engine replaces what goes with a machine in another way than later.
 */
export async function allClis(): Promise<Cli[]> {
    const { module: version } = versions.pulumi;
    const built = cachePath({ tool: "pulumi", version, file: "pulumi" });
    const ours = onPath === undefined ? [] : [onPath];
    if (onPath?.version === version || !existsSync(built)) {
        return ours;
    }
    // The Automation API takes a folder with `bin/pulumi` in it.
    const root = mkdtempSync(join(tmpdir(), "consul-machines-cli-"));
    afterAll(() => {
        rmSync(root, { recursive: true });
    });
    mkdirSync(join(root, "bin"));
    symlinkSync(built, join(root, "bin", "pulumi"));
    return [...ours, named(await PulumiCommand.get({ root, skipVersionCheck: true }))];
}

/** The CLI on PATH. @throws Error when there is none: the suite should have been skipped */
export function cliOnPath(): Cli {
    if (onPath === undefined) {
        throw new Error("no Pulumi CLI on PATH");
    }
    return onPath;
}

function named(command: PulumiCommand): Cli {
    return { version: command.version?.toString() ?? "of unknown version", command };
}
