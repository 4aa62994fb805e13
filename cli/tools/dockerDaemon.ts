import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
    describeProcess,
    isRunning,
    parseIdentity,
    type ProcessIdentity,
} from "../../scripts/system/processIdentity.ts";
import { run, tail, mustRun } from "../../scripts/system/process.ts";
import { waitUntil } from "../../scripts/system/waitFor.ts";
import { stateFolder } from "./paths.ts";

const record = join(stateFolder, "dockerd.json");
const log = join(stateFolder, "dockerd.log");
const pidFile = join(stateFolder, "dockerd.pid");

const startWithinMs = 60_000;
const stopWithinMs = 30_000;

/**
 * Starts an installed Docker Engine: through systemd where that runs the computer, else as a
 * process of its own that outlives this one, with its output in a file.
 */
export async function startDaemon(
    dockerd: string,
    sudo: readonly string[],
    answers: () => Promise<boolean>,
): Promise<"service" | "daemon"> {
    if (existsSync("/run/systemd/system")) {
        await mustRun("systemctl start docker", [...sudo, "systemctl", "start", "docker"]);
        return "service";
    }
    mkdirSync(stateFolder, { recursive: true });
    const daemon = await describeProcess(await spawnDaemon(dockerd, sudo));
    await writeFile(record, JSON.stringify(daemon));
    const isDecided = async () => (await answers()) || !(await isRunning(daemon));
    await waitUntil(isDecided, { limit: startWithinMs, interval: 250 });
    if (!(await answers())) {
        await stopDaemon();
        throw new Error(`dockerd did not come up: ${lastLogLine()} (all of it in ${log})`);
    }
    return "daemon";
}

/** Spawns dockerd through a shell that writes its own process id first: that of sudo is another. */
async function spawnDaemon(dockerd: string, sudo: readonly string[]): Promise<number> {
    await rm(pidFile, { force: true });
    const output = openSync(log, "w");
    // The socket belongs to the group of this user, who may not be in a group named docker.
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
    const readPid = async () => Number(await readFile(pidFile, "utf8"));
    const hasPid = async () => (await readPid()) > 0;
    if (!(await Promise.race([waitUntil(hasPid, { limit: 5000, interval: 100 }), failed]))) {
        throw new Error(`dockerd did not start: ${lastLogLine()}`);
    }
    return readPid();
}

/** The dockerd that this project started, while it runs. */
export async function startedDaemon(): Promise<ProcessIdentity | undefined> {
    const text = await readFile(record, "utf8").catch(() => undefined);
    const daemon = text === undefined ? undefined : parseIdentity(text);
    return daemon !== undefined && (await isRunning(daemon)) ? daemon : undefined;
}

/**
 * Stops the dockerd that this project started, and no other.
 *
 * @returns what was done, for the line shown; undefined where none runs.
 */
export async function stopDaemon(): Promise<string | undefined> {
    const daemon = await startedDaemon();
    if (daemon === undefined) {
        await rm(record, { force: true });
        return undefined;
    }
    const sudo = await rootPrefix().catch(() => []);
    const [command, ...args] = [...sudo, "kill", String(daemon.pid)];
    const done = await run(command, args);
    if (done.code !== 0) {
        return `Docker Engine is left running: kill ${daemon.pid}: ${tail(done, 1)}`;
    }
    const hasEnded = async () => !(await isRunning(daemon));
    if (!(await waitUntil(hasEnded, { limit: stopWithinMs }))) {
        return `Docker Engine was asked to stop and has not yet (process ${daemon.pid}).`;
    }
    await Promise.all([record, pidFile].map((file) => rm(file, { force: true })));
    return "Docker Engine, which this project had started, is stopped.";
}

/** What goes before a command that needs root; throws where this user cannot become root. */
export async function rootPrefix(): Promise<readonly string[]> {
    if (process.getuid?.() === 0) {
        return [];
    }
    if ((await run("sudo", ["-n", "true"])).code !== 0) {
        throw new Error("needs root, or sudo without a password");
    }
    return ["sudo", "-n"];
}

function lastLogLine(): string {
    const lines = existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    return lines.at(-1) ?? "it said nothing";
}
