/**
 * Runs an operation on a stack of a program that declares nothing, by the Automation API: what the verbs' operations
 * are compared with. It looks for the same tools as they do.
 */
import { join } from "node:path";
import { runTask, TaskFailure } from "../show/task.ts";
import { withStack } from "../stack/workspace.ts";
import { obtainMachinery } from "../tools/everything.ts";

await runTask(async ([verb, stackName, folder]) => {
    if (stackName === undefined || folder === undefined) {
        throw new TaskFailure("expected a verb, a stack's name, and the folder of its Pulumi.yaml");
    }
    const place = { stackName, folder, workFolder: join(folder, "run") };
    const tools = await obtainMachinery();
    const program = () => Promise.resolve();
    await withStack({ tools, program, place }, async (stack) => {
        switch (verb) {
            case "preview":
                await stack.preview();
                break;
            case "up":
                await stack.up();
                break;
            default:
                await stack.destroy({ remove: true });
        }
    });
});
