import { exitCodes } from "../show/exitCodes.ts";
import { explain, TaskFailure } from "../show/task.ts";
import type { Door, Verb } from "../verbs/verb.ts";
import { completionOf } from "./completion.ts";
import { HelpShown, readCall, type Calling } from "./readCall.ts";
import { completionRow, completionShells } from "./table.ts";

/** Each command's module, loaded only where it is asked for: Pulumi's SDK takes longer than the help. */
const verbs: Readonly<Record<string, () => Promise<Verb>>> = {
    start: async () => (await import("../verbs/start.ts")).start,
    stop: async () => (await import("../verbs/stop.ts")).stop,
    status: async () => (await import("../verbs/status.ts")).status,
    doctor: async () => (await import("../verbs/doctor.ts")).doctor,
    logs: async () => (await import("../verbs/logs.ts")).logs,
    consul: async () => (await import("../verbs/consul.ts")).consul,
    env: async () => (await import("../verbs/env.ts")).env,
    ui: async () => (await import("../verbs/ui.ts")).ui,
    snapshot: async () => (await import("../verbs/snapshot.ts")).snapshot,
    restore: async () => (await import("../verbs/restore.ts")).restore,
    recover: async () => (await import("../verbs/recover.ts")).recover,
    topology: async () => (await import("../verbs/topology.ts")).topology,
    import: async () => (await import("../verbs/import.ts")).importFiles,
    bundle: async () => (await import("../verbs/bundle.ts")).bundle,
};

/** Names of all commands that are about a stack. */
export const verbNames: readonly string[] = Object.keys(verbs);

/** Where commands are run from, made where one is. */
export interface Place {
    readonly calling: Calling;
    readonly door: () => Promise<Door>;
}

/**
 * Runs one command to its end, and sets the exit code.
 *
 * @param words the command line behind the program's name.
 */
export async function runCommand(words: readonly string[], place: Place): Promise<void> {
    endQuietlyWithoutReader();
    // Consul's own exit codes are told from ours.
    const isPassedOn = words[0] === "consul";
    try {
        const { name, args, options } = readCall(words, place.calling);
        if (name === completionRow.name) {
            process.stdout.write(completionText(args[0] ?? ""));
            return;
        }
        const verb = await verbs[name]?.();
        const door = await place.door();
        await verb?.({ args, options, from: process.cwd(), door });
    } catch (error) {
        if (!(error instanceof HelpShown)) {
            const door = await place.door();
            process.stderr.write(`${door.said(explain(error))}\n`);
            const code = error instanceof TaskFailure ? error.exitCode : exitCodes.failed;
            process.exitCode = isPassedOn ? exitCodes.notRun : code;
        }
    }
}

function completionText(shell: string): string {
    const known = completionShells.find((one) => one === shell);
    if (known === undefined) {
        throw new TaskFailure(
            `shell: got "${shell}"; expected one of ${completionShells.join(", ")}`,
            exitCodes.misused,
        );
    }
    return completionOf(known);
}

/** Who reads what is printed may have read enough: `consul-machines logs server-1 | head`. */
function endQuietlyWithoutReader(): void {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "EPIPE") {
            throw error;
        }
        process.exit();
    });
}
