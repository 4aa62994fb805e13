import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process that serves the providers. */
export interface StartedProviders {
    /** What the engine needs in its environment to use them: `PULUMI_DEBUG_PROVIDERS`. */
    readonly environment: Readonly<Record<string, string>>;
    /** The process's id. */
    readonly pid: number;
    /** Ends it. */
    close(): Promise<void>;
}

/** How the process is started. */
export interface ProvidersOptions {
    /** Where local Commands run: the folder of the program, as with Pulumi's own plugins. */
    readonly folder: string;
    /** Laid over the environment of this process, for local Commands. @default nothing */
    readonly env?: NodeJS.ProcessEnv;
}

/**
 * Starts a process that serves Pulumi's docker and command providers. It ends with this process, whatever ends it.
 *
 * @throws Error where it does not start
 */
export async function startProviders({
    folder,
    env = {},
}: ProvidersOptions): Promise<StartedProviders> {
    // Built, it lies beside this file as JavaScript.
    const extension = extname(import.meta.url);
    const serve = fileURLToPath(new URL(`serve${extension}`, import.meta.url));
    const child = spawn(process.execPath, [serve], {
        cwd: folder,
        env: { ...process.env, ...env },
        // Its standard input ends with this process, and it ends with that. A signal that a terminal sends to all
        // is not for it: the engine finishes what is under way first.
        stdio: ["pipe", "pipe", "inherit"],
        detached: true,
    });
    const lines = createInterface({ input: child.stdout });
    const failed = once(child, "exit").then(([code]) => {
        throw new Error(`the providers' process ended with ${String(code)}`);
    });
    failed.catch(() => undefined);
    const [line] = (await Promise.race([once(lines, "line"), failed])) as [string];
    const { pid = 0 } = child;
    return {
        environment: { PULUMI_DEBUG_PROVIDERS: line },
        pid,
        close: async () => {
            const ended = once(child, "exit");
            child.stdin.end();
            await ended;
        },
    };
}
