import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { cacheLabel } from "../protocol/labels.ts";
import type { Run } from "../system/process.ts";
import { describeError } from "../system/progress.ts";
import { assembleRoot, outputOf, runProgram } from "./labBase.ts";

/** Label of every image that is built here, so that a clean-up finds them all, tagged or not. */
export const labImageLabel = `${cacheLabel}=lab-machine`;

/** What can be pulled is an ordinary Debian; the Dockerfile has the same default. */
const registryBase = "debian:bookworm-slim";

/** Milliseconds for a pull: long enough for a slow line, short enough for one that drops packets. */
const pullTimeoutMs = 300_000;

/** Where the image is needed. */
export interface LabImageRequest {
    /** Docker engine, such as `unix:///var/run/docker.sock`; the shell's own choice is ignored. */
    readonly host: string;
}

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
    request: LabImageRequest,
    progress: Progress,
    run: Run = runProgram,
): Promise<LabImage> {
    const engine = new Engine(request.host, run);
    const reference = labImageReference();
    if (await engine.has(reference)) {
        return { reference, from: "engine" };
    }
    const failures: string[] = [];
    for (const from of ["registry", "packages"] as const) {
        try {
            const base = await bases[from](engine, progress, run);
            progress(`lab image: building ${reference} on ${base}`);
            await engine.build(reference, base, from === "registry" ? "default" : "none");
            return { reference, from };
        } catch (error) {
            const failure = describeError(error);
            failures.push(failure);
            progress(`lab image: ${failure}`);
        }
    }
    throw new Error(cannotBuild(request.host, failures));
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
class Engine {
    readonly #host: string;
    readonly #run: Run;

    constructor(host: string, run: Run) {
        this.#host = host;
        this.#run = run;
    }

    async docker(args: readonly string[], timeoutMs?: number): Promise<string> {
        const options = timeoutMs === undefined ? {} : { timeoutMs };
        const outcome = await this.#run("docker", ["--host", this.#host, ...args], options);
        return outputOf(`docker ${args[0] ?? ""}`, outcome);
    }

    async has(reference: string): Promise<boolean> {
        return (await this.docker(["image", "ls", "--quiet", reference])).trim() !== "";
    }

    async build(reference: string, base: string, network: "default" | "none"): Promise<void> {
        const from = ["--build-arg", `BASE=${base}`, "--network", network];
        await this.docker(["build", "--tag", reference, ...from, labDirectory()]);
    }
}

/** The two ways to a Debian to build on; each yields the name of an image on the engine. */
const bases = { registry: pulledBase, packages: assembledBase } as const;

async function pulledBase(engine: Engine, progress: Progress): Promise<string> {
    if (!(await engine.has(registryBase))) {
        progress(`lab image: pulling ${registryBase}`);
        await engine.docker(["pull", "--quiet", registryBase], pullTimeoutMs);
    }
    return registryBase;
}

/** A Debian from packages, made without a container, so that containers need no network for it. */
async function assembledBase(engine: Engine, progress: Progress, run: Run): Promise<string> {
    const reference = labBaseReference();
    if (await engine.has(reference)) {
        return reference;
    }
    const scratch = await mkdtemp(join(tmpdir(), "consul-machines-lab-"));
    try {
        progress("lab image: assembling a Debian from packages; one to three minutes, once");
        const archive = await assembleRoot(scratch, packagesIn(labDirectory()), run);
        await engine.docker(["import", "--change", `LABEL ${labImageLabel}`, archive, reference]);
        return reference;
    } finally {
        await rm(scratch, { recursive: true, force: true });
    }
}

function packagesIn(directory: string): readonly string[] {
    return readFileSync(join(directory, "packages.txt"), "utf8").trim().split(/\s+/);
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
