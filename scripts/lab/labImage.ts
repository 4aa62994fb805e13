import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { cacheLabel } from "../protocol/labels.ts";
import type { LabImageBuildRequest } from "../protocol/requests.ts";
import type { Run } from "../system/process.ts";
import { describeError } from "../system/progress.ts";
import { assembleRoot, outputOf, runProgram } from "./labBase.ts";
import { inScratch } from "../system/files.ts";

/** Label of every image that is built here, so that a clean-up finds them all, tagged or not. */
const labImageLabel = `${cacheLabel}=lab-machine`;

/** What can be pulled is an ordinary Debian; the Dockerfile has the same default. */
export const registryBase = "debian:bookworm-slim";

/** Milliseconds for a pull: long enough for a slow line, short enough for one that drops packets. */
const pullTimeoutMs = 300_000;

/** An image that is complete and on the engine. */
export interface LabImage {
    /** Its name, as `labImageReference` gives it. */
    readonly reference: string;
    /** How it got there: it was there, a registry's Debian was the base, or apt's packages were. */
    readonly from: "engine" | "registry" | "packages";
}

/** Receives one line for each step that takes long. */
export type Progress = (line: string) => void;

/** The folder with the Dockerfile, seen from the sources as from the compiled package. */
export function labDirectory(): string {
    const candidates = ["recipe", "../../../scripts/lab/recipe"].map((path) =>
        join(import.meta.dirname, path),
    );
    const found = candidates.find((path) => existsSync(join(path, "Dockerfile")));
    if (found === undefined) {
        throw new Error(`lab: got no Dockerfile in "${candidates.join('" or "')}"; reinstall.`);
    }
    return found;
}

/**
 * Name of the lab image, known before it exists: its tag is a hash of all that it is made from. So
 * a changed recipe makes another image, and an unchanged one is never built twice.
 */
export function labImageReference(directory = labDirectory()): string {
    return `consul-machines/lab-machine:${hashOf(directory, filesBelow(directory))}`;
}

/** Name of the image of the packages alone, which outlives changes to the rest of the recipe. */
export function labBaseReference(directory = labDirectory()): string {
    return `consul-machines/lab-base:${hashOf(directory, ["packages.txt"])}`;
}

/**
 * Builds the lab image, unless the engine has it: on a registry's Debian where one can be pulled, else on
 * a Debian made from the packages that this computer's own apt can reach. Either way the tag is set
 * last, so an image of that name is always complete, also where another process builds it as well.
 *
 * @throws Error with what was tried, and what would help.
 */
export async function ensureLabImage(
    { host }: Pick<LabImageBuildRequest, "host">,
    progress: Progress,
    run: Run = runProgram,
): Promise<LabImage> {
    const docker: Docker = async (args, timeoutMs) => {
        const outcome = await run("docker", ["--host", host, ...args], { timeoutMs });
        return outputOf(`docker ${args[0] ?? ""}`, outcome);
    };
    const reference = labImageReference();
    if (await has(docker, reference)) {
        return { reference, from: "engine" };
    }
    const ways = [
        { from: "registry", network: "default", base: () => pulledBase(docker, progress) },
        { from: "packages", network: "none", base: () => assembledBase(docker, progress, run) },
    ] as const;
    const failures: string[] = [];
    for (const { from, network, base } of ways) {
        try {
            const made = await base();
            progress(`lab image: building ${reference} on ${made}`);
            const options = ["--build-arg", `BASE=${made}`, "--network", network];
            await docker(["build", "--tag", reference, ...options, labDirectory()]);
            return { reference, from };
        } catch (error) {
            const failure = describeError(error);
            failures.push(failure);
            progress(`lab image: ${failure}`);
        }
    }
    throw new Error(cannotBuild(host, failures));
}

/** What would help, the likeliest first. */
function cannotBuild(host: string, failures: readonly string[]): string {
    return [
        `lab image: got no base to build on at "${host}"; one of these is needed:`,
        `  a way to a registry: "docker pull ${registryBase}" must work on that engine`,
        `  an engine that has it: "docker save ${registryBase}" elsewhere, "docker load" here`,
        `  Debian or Ubuntu with working apt sources, as root: "apt-get install mmdebstrap"`,
        "What was tried:",
        ...failures.map((failure) => `  ${failure.replaceAll("\n", "\n    ")}`),
    ].join("\n");
}

/** The docker command line bound to one engine, whatever the shell or the context says. */
type Docker = (args: readonly string[], timeoutMs?: number) => Promise<string>;

async function has(docker: Docker, reference: string): Promise<boolean> {
    return (await docker(["image", "ls", "--quiet", reference])).trim() !== "";
}

async function pulledBase(docker: Docker, progress: Progress): Promise<string> {
    if (!(await has(docker, registryBase))) {
        progress(`lab image: pulling ${registryBase}`);
        await docker(["pull", "--quiet", registryBase], pullTimeoutMs);
    }
    return registryBase;
}

/** A Debian from packages, made without a container, so that containers need no network for it. */
async function assembledBase(docker: Docker, progress: Progress, run: Run): Promise<string> {
    const reference = labBaseReference();
    if (await has(docker, reference)) {
        return reference;
    }
    return inScratch("lab", async (scratch) => {
        progress("lab image: assembling a Debian from packages; one to three minutes, once");
        const packages = readFileSync(join(labDirectory(), "packages.txt"), "utf8");
        const archive = await assembleRoot(scratch, packages.trim().split(/\s+/), run);
        await docker(["import", "--change", `LABEL ${labImageLabel}`, archive, reference]);
        return reference;
    });
}

function filesBelow(directory: string): readonly string[] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((file) => relative(directory, join(file.parentPath, file.name)).replaceAll("\\", "/"))
        .sort();
}

function hashOf(directory: string, paths: readonly string[]): string {
    const hash = createHash("sha256");
    for (const path of paths) {
        hash.update(path).update("\0");
        hash.update(readFileSync(join(directory, path))).update("\0");
    }
    return hash.digest("hex").slice(0, 12);
}
