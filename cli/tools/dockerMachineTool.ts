import { chmod } from "node:fs/promises";
import { arch, type } from "node:os";
import { cached, cachePath, type CacheKey } from "./cache.ts";
import { download } from "./download.ts";
import { programTool } from "./programTool.ts";
import { versions } from "./versions.ts";

const { official, sha256, module } = versions.dockerMachine;
/** Where its releases are. */
const site = "https://gitlab-docker-machine-downloads.s3.amazonaws.com";
const release: CacheKey = { tool: "docker-machine", version: official, file: "docker-machine" };

/** docker-machine or a fork: on PATH, from GitLab's releases, or built from Rancher's Go module. */
export const dockerMachineTool = programTool({
    title: "docker-machine",
    names: ["docker-machine", "rancher-machine"],
    versionArgs: ["--version"],
    readVersion: machineVersion,
    release: {
        how: `downloading GitLab's fork ${official}`,
        from: "from GitLab's releases",
        path: () => cachePath(release),
        site,
        fetch: () => cached(release, fetchRelease),
    },
    module: {
        what: `Rancher's fork ${module}`,
        seconds: 90,
        program: {
            folder: "cli/tools/go/docker-machine",
            package: "github.com/rancher/machine/cmd/rancher-machine",
            set: [`github.com/rancher/machine/version.Version=v${module}`],
        },
        file: { tool: "docker-machine", version: module, file: "rancher-machine" },
    },
    advice:
        "Install docker-machine from https://gitlab.com/gitlab-org/ci-cd/docker-machine/-/releases " +
        "or rancher-machine from https://github.com/rancher/machine/releases onto PATH, " +
        "or Go, and try again.",
});

/** The version in `docker-machine version 0.16.2-gitlab.27, build …`, also of a fork. */
export function machineVersion(text: string): string | undefined {
    return /machine version v?(\w[\w.-]*)/.exec(text)?.[1];
}

async function fetchRelease(into: string): Promise<void> {
    const name = releaseName(type(), arch());
    const sum = Object.entries(sha256).find(([platform]) => platform === name)?.[1];
    if (sum === undefined) {
        throw new Error(`no release with a known checksum for ${name}`);
    }
    await download(`${site}/v${official}/docker-machine-${name}`, sum, into);
    await chmod(into, 0o755);
}

/** What its releases call a platform: as `uname` does. */
export function releaseName(system: string, processor: string): string {
    return `${system}-${{ x64: "x86_64", arm64: "aarch64" }[processor] ?? processor}`;
}
