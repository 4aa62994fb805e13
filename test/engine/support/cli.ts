import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { afterAll, inject } from "vitest";

const supplied = inject("pulumi");

/** Why nothing runs, as part of a suite's name; empty where the tests run. */
export const without: string = supplied === undefined ? " (skipped: no Pulumi CLI)" : "";

const noHost = inject("noHost");

/** The end of a title of tests that need what runs a policy pack too: why they are skipped; empty where it is there. */
export const withoutHost: string =
    without !== "" || noHost === undefined ? without : `: skipped, ${noHost}`;

/** The CLI that the tests run on. */
const command: PulumiCommand | undefined =
    supplied === undefined ? undefined : await commandAt(supplied.path);

/** @throws Error when there is none: the suite should have been skipped. */
export function suppliedCli(): PulumiCommand {
    if (command === undefined) {
        throw new Error("no Pulumi CLI");
    }
    return command;
}

/** The Automation API takes a folder with `bin/pulumi` in it. */
function commandAt(path: string): Promise<PulumiCommand> {
    const root = mkdtempSync(join(tmpdir(), "consul-machines-cli-"));
    afterAll(() => {
        rmSync(root, { recursive: true });
    });
    mkdirSync(join(root, "bin"));
    symlinkSync(path, join(root, "bin", "pulumi"));
    return PulumiCommand.get({ root, skipVersionCheck: true });
}
