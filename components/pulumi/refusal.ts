import * as pulumi from "@pulumi/pulumi";
import { scriptCommand } from "./scriptCommand.ts";

/**
 * Fails the run because of what a value that is known only while the program runs turned out to be. It is for `apply`,
 * whose callback returns what this returns.
 *
 * Where a program is run inline by the Automation API, what its callbacks throw does not end it: the engine is told
 * that it is complete, and deletes all that waited for the value. So a resource fails, which has the engine delete
 * nothing; a preview deletes nothing anyway.
 *
 * @param name of that resource, which is never made.
 * @param problem what is wrong, and the way out.
 * @throws pulumi.RunError in a preview.
 */
export function refuse(
    name: string,
    problem: string,
    parent: pulumi.Resource,
): pulumi.Output<never> {
    if (pulumi.runtime.isDryRun()) {
        throw new pulumi.RunError(problem);
    }
    const refused = scriptCommand(name, { up: "program refuse", request: { problem } }, { parent });
    return refused.stdout.apply<never>(() => {
        throw new pulumi.RunError(problem);
    });
}
