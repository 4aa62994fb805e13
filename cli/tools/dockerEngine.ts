import type { ContainerInfo, DockerVersion } from "dockerode";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { findProgram, mustRun } from "../../scripts/system/process.ts";
import { aptObstacle } from "./debianPackages.ts";
import { rootPrefix, startDaemon } from "./dockerDaemon.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { isAtLeast, versions } from "./versions.ts";

/** The Docker Engine of this computer. */
export interface DockerEngine {
    readonly version: string;
    /** How it came to run: one that was found is never stopped by this project. */
    readonly start: "found" | "service" | "daemon";
}

/** The socket of this computer's engine; DOCKER_HOST has no influence on it. */
export const engineSocket = "/var/run/docker.sock";

/** This computer's engine, asked over its socket: no docker command line is needed. */
export const engine: EngineApi = new EngineApi({ socketPath: engineSocket });

/** Debian keeps daemons out of the PATH of people who are not root. */
const daemonFolders = ["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/bin", "/usr/local/bin"];

/** Docker Engine: answering already, installed and to be started, or installed from Debian. */
export const dockerEngineTool: Tool<DockerEngine> = {
    name: "Docker Engine",
    ways: [
        { kind: "find", how: `answering at ${engineSocket}`, attempt: () => findEngine() },
        {
            kind: "fetch",
            how: "starting the one that is installed",
            seconds: 5,
            obstacle: startObstacle,
            attempt: startInstalled,
        },
        {
            kind: "fetch",
            how: "installing Debian's docker.io with apt-get",
            seconds: 60,
            obstacle: installObstacle,
            attempt: install,
        },
    ],
    advice:
        `Install Docker Engine ${versions.dockerEngine.minimum} or later, ` +
        "https://docs.docker.com/engine/install/, start it, and see that `docker version` works " +
        "without sudo. Docker Desktop will not do for lab machines: it has no route to them.",
};

/** The engine that answers, if one does. @param how what it did, for the line shown. */
async function findEngine(
    start: DockerEngine["start"] = "found",
    how = "answers",
): Promise<Attempt<DockerEngine>> {
    try {
        const { Version: version } = await engine.ask<Partial<DockerVersion>>("/version");
        if (version === undefined) {
            return { missed: "what answers there is no Docker Engine" };
        }
        const { minimum } = versions.dockerEngine;
        return isAtLeast(version, minimum)
            ? { got: { version, start }, note: `${version} ${how}` }
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

/** Whether an error says that no engine listens at the socket. */
export function isUnreachable(error: unknown): boolean {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code === "ENOENT" || code === "ECONNREFUSED" || code === "EACCES";
}

/** Why a socket did not answer, with what to do about it where that is known. */
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

async function findDaemon(): Promise<string | undefined> {
    return (await findProgram(["dockerd"])) ?? (await findProgram(["dockerd"], daemonFolders));
}

async function startObstacle(): Promise<string | undefined> {
    if ((await findDaemon()) === undefined) {
        return "there is no dockerd";
    }
    await rootPrefix();
    return undefined;
}

async function startInstalled(): Promise<Attempt<DockerEngine>> {
    const daemon = await findDaemon();
    if (daemon === undefined) {
        return { missed: "there is no dockerd" };
    }
    const sudo = await rootPrefix();
    const start = await startDaemon(daemon, sudo, async () => "got" in (await findEngine()));
    return findEngine(start, "started");
}

async function installObstacle(): Promise<string | undefined> {
    const obstacle = await aptObstacle();
    if (obstacle === undefined) {
        await rootPrefix();
    }
    return obstacle;
}

async function install(): Promise<Attempt<DockerEngine>> {
    const sudo = await rootPrefix();
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await mustRun("apt-get update", [...sudo, "apt-get", "update"], { env });
    const words = ["apt-get", "install", "--yes", ...packages];
    await mustRun("apt-get install", [...sudo, ...words], { env });
    const answering = await findEngine("service", "answers, from Debian");
    return "got" in answering ? answering : startInstalled();
}

/** The engine, and the docker command, which newer releases only recommend. */
const packages = ["docker.io", "iptables", "ca-certificates"];
