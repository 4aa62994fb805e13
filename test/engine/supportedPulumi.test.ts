import { describe, expect, onTestFinished, test } from "vitest";
import { MachineStore } from "../../components/machine/machineStore.ts";
import { requirePulumi } from "../../components/pulumi/supportedPulumi.ts";
import { without } from "./support/cli.ts";
import { EngineStack } from "./support/engineStack.ts";

describe.skipIf(without !== "")(`the CLI's version${without}`, () => {
    test("one that is supported makes a store; another is refused by name, with the range", async () => {
        const stack = await EngineStack.create();
        onTestFinished(() => {
            stack.dispose();
        });
        const { lines, output } = await stack.failingUp(async () => {
            await requirePulumi(">=4.0.0");
            new MachineStore("consul-store", { path: "store" });
            return {};
        });
        expect(lines).toEqual([]);
        expect(output).toMatch(
            /Pulumi CLI version 3\.\d+\.\d+ does not satisfy the version range ">=4\.0\.0"/,
        );
        expect(output).toContain("docs/upgrade.md");
        const made = await stack.up(() => {
            new MachineStore("consul-store", { path: "store" });
            return Promise.resolve({});
        });
        expect(made).toEqual(["create store"]);
    });
});
