import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
    describeProcess,
    isRunning,
    parseIdentity,
    type ProcessIdentity,
} from "../../scripts/system/processIdentity.ts";
import { waitFor } from "../../scripts/system/waitFor.ts";
import { run, tail } from "../../scripts/system/process.ts";
import { stateFolder } from "./paths.ts";

const record = join(stateFolder, "dockerd.json");
const log = join(stateFolder, "dockerd.log");
const pidFile = join(stateFolder, "dockerd.pid");

const startWithinMs = 60_000;
const stopWithinMs = 30_000;

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
    const daemon = await describeProcess(pid);
    await writeFile(record, JSON.stringify(daemon));
    const deadline = Date.now() + startWithinMs;
    while (!(await answers())) {
        if (!(await isRunning(daemon)) || Date.now() > deadline) {
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
export async function startedDaemon(): Promise<ProcessIdentity | undefined> {
    const text = await readFile(record, "utf8").catch(() => undefined);
    const daemon = text === undefined ? undefined : parseIdentity(text);
    return daemon !== undefined && (await isRunning(daemon)) ? daemon : undefined;
}

/**
 * Stops the dockerd that this project started, and no other. Returns what was done, for the line
 * shown; undefined where there is nothing to say.
 */
export async function stopDaemon(): Promise<string | undefined> {
    const daemon = await startedDaemon();
    if (daemon === undefined) {
        await rm(record, { force: true });
        return undefined;
    }
    const [command, ...args] = [...((await rootPrefix()) ?? []), "kill", String(daemon.pid)];
    const done = await run(command, args);
    if (done.code !== 0) {
        return `Docker Engine is left running: kill ${daemon.pid}: ${tail(done, 1)}`;
    }
    const running = async () => ((await isRunning(daemon)) ? "it still runs" : undefined);
    try {
        await waitFor(running, { limit: stopWithinMs });
    } catch {
        return `Docker Engine was told to stop and has not yet (process ${daemon.pid}).`;
    }
    await Promise.all([record, pidFile].map((file) => rm(file, { force: true })));
    return "Docker Engine, which this project had started, is stopped.";
}

/** What goes before a command that needs root; undefined where root is out of reach. */
export async function rootPrefix(): Promise<readonly string[] | undefined> {
    if (process.getuid?.() === 0) {
        return [];
    }
    return (await run("sudo", ["-n", "true"])).code === 0 ? ["sudo", "-n"] : undefined;
}

function lastWords(): string {
    const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    return lines.at(-1) ?? "it said nothing";
}
