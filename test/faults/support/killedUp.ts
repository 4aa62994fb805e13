import type { LabStack } from "../../lab/support/labStack.ts";

/**
 * Kills an `up` after some milliseconds, as a lost connection or a full memory does, and unlocks the stack for the next one.
 *
 * @returns when it was killed.
 */
export async function killedUp(stack: LabStack, wait: number): Promise<number> {
    const run = stack.start(stack.upWords());
    await new Promise((over) => setTimeout(over, wait));
    run.kill("SIGKILL");
    await run.ended;
    const killed = Date.now();
    await stack.unlock();
    return killed;
}
