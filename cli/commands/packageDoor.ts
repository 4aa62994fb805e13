import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { binaryNames, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { describeError } from "../../scripts/system/progress.ts";
import type { ToolFact } from "../show/tools.ts";
import { findStack, projectFolder, pulumiOnPath } from "../stack/openStack.ts";
import type { Door } from "../verbs/verb.ts";
import { inWordsOf } from "./said.ts";
import { commands } from "./table.ts";

/** The package, beside a program that uses it: Pulumi's CLI is the one on PATH, and so is the backend. */
export const packageDoor: Door = {
    said: (text) =>
        inWordsOf(
            text,
            commands.map(({ name }) => name),
        ),
    find: async (choice) => {
        // Where there is no program, Pulumi is not what is missing.
        projectFolder(choice.cwd ?? ".");
        const pulumi = await pulumiOnPath();
        return { pulumi, place: await findStack(choice, pulumi) };
    },
    tools: async (pulumi) => [nodeFact(), await pulumiFact(pulumi), await dockerMachineFact()],
};

function nodeFact(): ToolFact {
    return { name: "Node", note: process.versions.node };
}

async function pulumiFact(found: PulumiCommand | undefined): Promise<ToolFact> {
    const name = "Pulumi's CLI";
    try {
        const { version } = found ?? (await pulumiOnPath());
        return { name, note: `${version?.version ?? "of an unknown version"} on PATH` };
    } catch (error) {
        const advice = "Install it: https://www.pulumi.com/docs/install/";
        return { name, note: describeError(error), advice };
    }
}

async function dockerMachineFact(): Promise<ToolFact> {
    const name = "docker-machine";
    try {
        return { name, note: await findBinary(undefined) };
    } catch {
        return {
            name,
            note: `neither ${binaryNames.join(" nor ")} is on PATH`,
            advice: "Install docker-machine (the GitLab fork is maintained) or rancher-machine.",
        };
    }
}
