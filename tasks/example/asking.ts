import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { z } from "zod";
import { EngineApi } from "../../scripts/engineApi.ts";
import { readMachine } from "../../scripts/machineInspect.ts";
import { messageOf } from "../../tools/obtain.ts";
import { machinesFolder } from "./places.ts";

const nodesSchema = z.record(
    z.string(),
    z.object({
        role: z.string(),
        address: z.string(),
        httpAddress: z.string(),
        machine: z.string(),
    }),
);

/** The nodes by name that an example exports. */
export function nodesOf(outputs: Readonly<Record<string, unknown>>) {
    return nodesSchema.parse(outputs.nodes);
}

/**
 * Asks until there is an answer, for what takes a moment in a cluster.
 *
 * @param what is waited for, in words.
 * @param within seconds.
 * @param ask throws for as long as it is not so.
 * @throws Error with what was seen last.
 */
export async function eventually<T>(
    what: string,
    within: number,
    ask: () => Promise<T>,
): Promise<T> {
    const deadline = Date.now() + within * 1000;
    for (;;) {
        try {
            return await ask();
        } catch (error) {
            if (Date.now() > deadline) {
                throw new Error(`${what}: not so within ${within} s: ${messageOf(error)}`, {
                    cause: error,
                });
            }
        }
        await sleep(200);
    }
}

/** The engine of one of an example's machines. */
export async function onMachine(folder: string, machine: string): Promise<EngineApi> {
    const store = join(folder, machinesFolder);
    const { endpoint } = await readMachine(store, machine);
    return EngineApi.ofMachine(store, machine, endpoint);
}

/** What a command in a container came to. */
export interface CommandResult {
    readonly exitCode: number;
    /** Everything that it said. */
    readonly output: string;
}

/**
 * Runs a command in a container that runs.
 *
 * @param seconds after which a silent command is given up.
 */
export async function execute(
    engine: EngineApi,
    container: string,
    command: readonly string[],
    seconds = 30,
): Promise<CommandResult> {
    const send = (body: object) => ({
        method: "POST" as const,
        body: Readable.from([JSON.stringify(body)]),
        contentType: "application/json",
        timeout: seconds * 1000,
    });
    // On a terminal both of its streams come as one, as plain text.
    const request = { Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true };
    const { Id } = (await engine.ask(`/containers/${container}/exec`, send(request))) as {
        readonly Id: string;
    };
    const output = await engine.text(`/exec/${Id}/start`, send({ Detach: false, Tty: true }));
    const { ExitCode } = (await engine.ask(`/exec/${Id}/json`)) as { readonly ExitCode: number };
    return { exitCode: ExitCode, output: output.trim() };
}
