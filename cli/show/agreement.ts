import { createInterface } from "node:readline/promises";
import { TaskFailure } from "./failure.ts";

/**
 * Asks whether to go on, on a terminal; elsewhere nobody could answer.
 *
 * @param nothing what holds when nobody agrees: `Nothing was restored`.
 * @throws TaskFailure where there is no terminal.
 */
export async function isAgreed(nothing: string): Promise<boolean> {
    if (!process.stdin.isTTY) {
        throw new TaskFailure(`${nothing}: there is no terminal to ask on. Add \`--yes\`.`);
    }
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await terminal.question("Type yes to go on: ");
    terminal.close();
    return answer.trim() === "yes";
}
