import { chmod } from "node:fs/promises";
import { arch, type } from "node:os";
import { findProgram, run } from "../../scripts/system/process.ts";
import { cachePath, cached, type CacheKey } from "./cache.ts";
import { download } from "./download.ts";
import { buildGoProgram } from "./goModule.ts";
import { linkTool } from "./link.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { versions } from "./versions.ts";

/** A docker-machine, by the path it has. */
export interface DockerMachine {
    readonly path: string;
    readonly version: string;
}

const { official, sha256, module } = versions.dockerMachine;
const fetched: CacheKey = { tool: "docker-machine", version: official, file: "docker-machine" };
const built: CacheKey = { tool: "docker-machine", version: module, file: "rancher-machine" };

/** docker-machine or a fork: on PATH, from GitLab's releases, or built from Rancher's Go module. */
export const dockerMachineTool: Tool<DockerMachine> = {
    name: "docker-machine",
    ways: [
        { kind: "find", how: "on PATH", attempt: findMachine },
        { kind: "find", how: "installed before", attempt: findInstalled },
        { kind: "fetch", how: `downloading GitLab's fork ${official}`, attempt: fetchMachine },
        {
            kind: "build",
            how: `building Rancher's fork ${module} from its Go module (minutes)`,
            attempt: build,
        },
    ],
    advice:
        "Install docker-machine from https://gitlab.com/gitlab-org/ci-cd/docker-machine/-/releases " +
        "or rancher-machine from https://github.com/rancher/machine/releases onto PATH, " +
        "or Go, and try again.",
};

async function findMachine(): Promise<Attempt<DockerMachine>> {
    const path = await findProgram(["docker-machine", "rancher-machine"]);
    return path === undefined
        ? { missed: "neither docker-machine nor rancher-machine there" }
        : inspect(path, "on PATH");
}

async function findInstalled(): Promise<Attempt<DockerMachine>> {
    const path = await findProgram([cachePath(fetched), cachePath(built)]);
    return path === undefined ? { missed: "none" } : adopt(path, "installed before");
}

async function inspect(path: string, where: string): Promise<Attempt<DockerMachine>> {
    const answer = await run(path, ["--version"], { timeoutMs: 30_000 });
    const version = machineVersion(answer.stdout);
    return answer.code === 0 && version !== undefined
        ? { got: { path, version }, note: `${version} ${where}` }
        : { missed: `${path} does not tell its version` };
}

/** The version in `docker-machine version 0.16.2-gitlab.27, build …` and its forks' likes. */
export function machineVersion(text: string): string | undefined {
    return /machine version v?(\w[\w.-]*)/.exec(text)?.[1];
}

async function adopt(path: string, where: string): Promise<Attempt<DockerMachine>> {
    const outcome = await inspect(path, where);
    return "got" in outcome
        ? { ...outcome, got: { ...outcome.got, path: linkTool(path) } }
        : outcome;
}

async function fetchMachine(): Promise<Attempt<DockerMachine>> {
    const name = releaseName(type(), arch());
    const sum = Object.entries(sha256).find(([platform]) => platform === name)?.[1];
    if (sum === undefined) {
        return { missed: `no release with a known checksum for ${name}` };
    }
    const path = await cached(fetched, async (into) => {
        const site = "https://gitlab-docker-machine-downloads.s3.amazonaws.com";
        await download(`${site}/v${official}/docker-machine-${name}`, sum, into);
        await chmod(into, 0o755);
    });
    return adopt(path, "from GitLab's releases");
}

/** What its releases call a platform: as `uname` does. */
export function releaseName(system: string, processor: string): string {
    return `${system}-${{ x64: "x86_64", arm64: "aarch64" }[processor] ?? processor}`;
}

async function build(): Promise<Attempt<DockerMachine>> {
    const path = await cached(built, async (into) => {
        await buildGoProgram(
            {
                folder: "cli/tools/go/docker-machine",
                package: "github.com/rancher/machine/cmd/rancher-machine",
                set: [`github.com/rancher/machine/version.Version=v${module}`],
            },
            into,
        );
    });
    return adopt(path, "built from its Go module");
}
