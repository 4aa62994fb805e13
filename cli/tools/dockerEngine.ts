import { readFile } from "node:fs/promises";
import type { ContainerInfo, DockerVersion } from "dockerode";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { findProgram, run, tail } from "../../scripts/system/process.ts";
import { rootPrefix, startDaemon } from "./dockerDaemon.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { isAtLeast, versions } from "./versions.ts";

/** The Docker Engine of this computer. */
export interface DockerEngine {
    readonly version: string;
    /** How it came to run: one that was found is never stopped by this project. */
    readonly start: "found" | "service" | "daemon";
}

/** The socket of this computer's engine; what DOCKER_HOST says is another's business. */
export const engineSocket = "/var/run/docker.sock";

/** This computer's engine, asked over its socket: no docker command line is needed. */
export const engine: EngineApi = new EngineApi({ socketPath: engineSocket });

/** Debian keeps daemons out of the PATH of people who are not root. */
const daemonFolders = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/usr/local/bin"];

/** Docker Engine: answering already, installed and to be started, or installed from Debian. */
export const dockerEngineTool: Tool<DockerEngine> = {
    name: "Docker Engine",
    ways: [
        { kind: "find", how: `answering at ${engineSocket}`, attempt: findEngine },
        { kind: "fetch", how: "starting the one that is installed", attempt: startInstalled },
        { kind: "fetch", how: "installing Debian's docker.io with apt-get", attempt: install },
    ],
    advice:
        `Install Docker Engine ${versions.dockerEngine.minimum} or later, ` +
        "https://docs.docker.com/engine/install/, start it, and see that `docker version` works " +
        "without sudo. Docker Desktop will not do for lab machines: it has no route to them.",
};

async function findEngine(): Promise<Attempt<DockerEngine>> {
    const version = await engineVersion();
    if ("missed" in version) {
        return version;
    }
    return { got: { version: version.got, start: "found" }, note: `${version.got} answers` };
}

/** The version of the engine that answers, or why none does. */
export async function engineVersion(): Promise<{ got: string } | { missed: string }> {
    try {
        const { Version: version } = await engine.ask<Partial<DockerVersion>>("/version");
        if (version === undefined) {
            return { missed: "what answers there is no Docker Engine" };
        }
        const { minimum } = versions.dockerEngine;
        return isAtLeast(version, minimum)
            ? { got: version }
            : { missed: `${version} answers; expected ${minimum} or later` };
    } catch (error) {
        return { missed: unreachableReason(error) };
    }
}

/** The names of the containers that this computer's engine runs; none where none answers. */
export async function runningContainers(): Promise<string[]> {
    const rows = await engine.ask<ContainerInfo[]>("/containers/json").catch(() => []);
    return rows.flatMap(({ Names }) => Names.slice(0, 1).map((name) => name.replace(/^\//, "")));
}

/** Why a socket did not answer, in words that say what to do about it. */
export function unreachableReason(error: unknown): string {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    switch (code) {
        case "ENOENT":
            return "there is no such socket";
        case "ECONNREFUSED":
            return "nothing listens there";
        case "EACCES":
            return (
                "it may not be used by this user: run `sudo usermod -aG docker $USER`, " +
                "then log in again"
            );
        default:
            return describeError(error);
    }
}

async function startInstalled(): Promise<Attempt<DockerEngine>> {
    const daemon =
        (await findProgram(["dockerd"])) ?? (await findProgram(["dockerd"], daemonFolders));
    if (daemon === undefined) {
        return { missed: "there is no dockerd" };
    }
    const sudo = await rootPrefix();
    if (sudo === undefined) {
        return { missed: "needs root, or sudo without a password" };
    }
    const start = await startDaemon(daemon, sudo, async () => "got" in (await engineVersion()));
    const version = await engineVersion();
    return "got" in version
        ? { got: { version: version.got, start }, note: `${version.got} started` }
        : version;
}

async function install(): Promise<Attempt<DockerEngine>> {
    if (!isDebianLike(await readFile("/etc/os-release", "utf8").catch(() => ""))) {
        return { missed: "this is neither Debian nor Ubuntu" };
    }
    const sudo = await rootPrefix();
    if (sudo === undefined) {
        return { missed: "needs root, or sudo without a password" };
    }
    for (const step of [["update"], ["install", "--yes", ...packages]]) {
        const [command = "apt-get", ...args] = [...sudo, "apt-get", ...step];
        const done = await run(command, args, { env: { DEBIAN_FRONTEND: "noninteractive" } });
        if (done.code !== 0) {
            return { missed: `apt-get ${step[0] ?? ""}: ${tail(done, 1)}` };
        }
    }
    const answering = await findEngine();
    return "got" in answering
        ? { got: { ...answering.got, start: "service" }, note: `${answering.note}, from Debian` }
        : startInstalled();
}

/** The engine, and the docker command, which newer releases only recommend. */
const packages = ["docker.io", "iptables", "ca-certificates"];

/** Whether an os-release file is that of Debian or of a system that takes its packages. */
export function isDebianLike(release: string): boolean {
    return /^ID(_LIKE)?="?[^"\n]*\b(debian|ubuntu)\b/m.test(release);
}
