import { LocalWorkspace, type Stack, StackNotFoundError } from "@pulumi/pulumi/automation/index.js";
import { exitCodes } from "../show/exitCodes.ts";
import { Progress } from "../show/stepProgress.ts";
import { TaskFailure } from "../show/task.ts";
import type { OpenedStack } from "../stack/openStack.ts";
import type { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import type { Call } from "./verb.ts";

/** The stack for operations of Pulumi's, as `pulumi` in its folder runs them. */
export async function operated(
    { stack, workFolder, environment }: OpenedStack,
    pulumiCommand: PulumiCommand,
): Promise<Stack> {
    try {
        return await LocalWorkspace.selectStack(
            { stackName: stack, workDir: workFolder },
            { pulumiCommand, envVars: { ...environment } },
        );
    } catch (error) {
        if (error instanceof StackNotFoundError) {
            throw new TaskFailure(
                `There is no stack "${stack}": \`pulumi stack init ${stack}\` makes it.`,
                exitCodes.missing,
            );
        }
        throw error;
    }
}

/** Shows what is going on: not on standard output where that is read by a program. */
export function progressOf({ options }: Call): Progress {
    return new Progress(options.json ? process.stderr : process.stdout);
}
