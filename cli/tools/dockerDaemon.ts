import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stateFolder } from "./paths.ts";
import { rootPrefix, run, tail } from "./run.ts";

const record = join(stateFolder, "dockerd.json");
const log = join(stateFolder, "dockerd.log");
const pidFile = join(stateFolder, "dockerd.pid");

const startWithinMs = 60_000;
const stopWithinMs = 30_000;

/** The dockerd that this project started, told apart from a later process of the same number. */
interface StartedDaemon {
    readonly pid: number;
    /** When the kernel started it, in its own ticks. */
    readonly ticks: string;
}

/**
 * Starts an installed Docker Engine: through systemd where that runs the computer, else as a
 * process of its own whose output goes to a file, so that whoever started us can end.
 */
export async function startDaemon(
    dockerd: string,
    sudo: readonly string[],
    answers: () => Promise<boolean>,
): Promise<"service" | "daemon"> {
    if (existsSync("/run/systemd/system")) {
        const [command, ...args] = [...sudo, "systemctl", "start", "docker"];
        const done = await run(command, args);
        if (done.code !== 0) {
            throw new Error(`systemctl start docker: ${tail(done, 1)}`);
        }
        return "service";
    }
    mkdirSync(stateFolder, { recursive: true });
    const pid = await spawnDaemon(dockerd, sudo);
    const ticks = startTicks(pid);
    if (ticks !== undefined) {
        writeFileSync(record, JSON.stringify({ pid, ticks } satisfies StartedDaemon));
    }
    const deadline = Date.now() + startWithinMs;
    while (!(await answers())) {
        if (startTicks(pid) === undefined || Date.now() > deadline) {
            await stopDaemon();
            throw new Error(`dockerd did not come up: ${lastWords()} (all of it in ${log})`);
        }
        await sleep(250);
    }
    return "daemon";
}

/** Spawns dockerd, by way of a shell that writes its own number first: sudo has another one. */
async function spawnDaemon(dockerd: string, sudo: readonly string[]): Promise<number> {
    await rm(pidFile, { force: true });
    const output = openSync(log, "w");
    // The socket is for the group of whoever runs this, who may not be in a group named docker.
    const group = String(process.getgid?.() ?? 0);
    const script = 'echo $$ > "$1"; shift; exec "$@"';
    const [command, ...args] = [...sudo, "sh", "-c", script, "sh"];
    const child = spawn(command, [...args, pidFile, dockerd, "--group", group], {
        detached: true,
        stdio: ["ignore", output, output],
    });
    const failed = new Promise<never>((_resolve, reject) => child.once("error", reject));
    child.unref();
    closeSync(output);
    for (let tries = 0; tries < 50; tries += 1) {
        const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, "utf8")) : 0;
        if (pid > 0) {
            return pid;
        }
        await Promise.race([sleep(100), failed]);
    }
    throw new Error(`dockerd did not start: ${lastWords()}`);
}

/** The dockerd that this project started, while it runs. */
export function startedDaemon(): StartedDaemon | undefined {
    if (!existsSync(record)) {
        return undefined;
    }
    const daemon = JSON.parse(readFileSync(record, "utf8")) as StartedDaemon;
    return startTicks(daemon.pid) === daemon.ticks ? daemon : undefined;
}

/**
 * Stops the dockerd that this project started, and no other. Returns what was done, for the line
 * shown; undefined where there is nothing to say.
 */
export async function stopDaemon(): Promise<string | undefined> {
    const daemon = startedDaemon();
    if (daemon === undefined) {
        await rm(record, { force: true });
        return undefined;
    }
    const [command, ...args] = [...((await rootPrefix()) ?? []), "kill", String(daemon.pid)];
    const done = await run(command, args);
    if (done.code !== 0) {
        return `Docker Engine is left running: kill ${daemon.pid}: ${tail(done, 1)}`;
    }
    const deadline = Date.now() + stopWithinMs;
    while (startTicks(daemon.pid) === daemon.ticks) {
        if (Date.now() > deadline) {
            return `Docker Engine was told to stop and has not yet (process ${daemon.pid}).`;
        }
        await sleep(200);
    }
    await Promise.all([record, pidFile].map((file) => rm(file, { force: true })));
    return "Docker Engine, which this project had started, is stopped.";
}

/** When the kernel started a process; undefined when there is none, or no /proc to look into. */
function startTicks(pid: number): string | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // The name of the program, in parentheses, may itself hold spaces.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        return fields[0] === "Z" ? undefined : fields[19];
    } catch {
        return undefined;
    }
}

function lastWords(): string {
    const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    return lines.at(-1) ?? "it said nothing";
}
