import * as pulumi from "@pulumi/pulumi";
import { scriptEntry } from "./scriptCommand.ts";

/** How many lines of a script's progress tell why it failed. */
const lastLines = 12;

/**
 * Runs one of our scripts from a hook, outside of any Command: for what happens once, and is not to be a part of the
 * stack's state. Its progress is shown.
 *
 * @param verb noun and verb of `scripts/run.ts`.
 * @param request what it reads.
 * @returns its answer.
 * @throws Error with the last lines that it printed.
 */
export async function runScript(verb: string, request: object): Promise<string> {
    // Loaded by hardly any run.
    const { default: spawn, SubprocessError } = await import("nano-spawn");
    const child = spawn("node", [scriptEntry(), verb], {
        stdin: { string: JSON.stringify(request) },
    });
    const printed: string[] = [];
    const show = async () => {
        for await (const line of child.stderr) {
            printed.push(line);
            void pulumi.log.info(line);
        }
    };
    try {
        const [{ stdout }] = await Promise.all([child, show()]);
        return stdout;
    } catch (error) {
        const text = printed.slice(-lastLines).join("\n");
        const isSaid = error instanceof SubprocessError && text !== "";
        throw new Error(isSaid ? text : String(error), { cause: error });
    }
}
