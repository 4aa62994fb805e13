import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { findProgram, run } from "../../scripts/system/process.ts";
import { cached, cachePath, linkTool, type CacheKey } from "./cache.ts";
import { buildGoProgram, goObstacle, type GoProgram } from "./goModule.ts";
import type { Attempt, Tool } from "./obtain.ts";
import { siteObstacle } from "./reach.ts";
import { isAtLeast } from "./versions.ts";

/** A program of this computer. */
export interface Program {
    readonly path: string;
    readonly version: string;
}

/** A program that is on PATH, or comes from its releases or its Go module. */
export interface ProgramRecipe {
    /** As people call it: `Pulumi's CLI`. */
    readonly title: string;
    /** The names that its executable may have, the preferred one first. */
    readonly names: readonly string[];
    /** The arguments with which it prints its version. */
    readonly versionArgs: readonly string[];
    /** The version in what it prints; undefined where there is none. */
    readonly readVersion: (printed: string) => string | undefined;
    /** The oldest version that is accepted. @default any */
    readonly minimum?: string;
    /** The one version that is accepted. It is not linked into `.tools/bin`, where every task would take it for the
     * user's own. @default any from the minimum on */
    readonly exactly?: string;
    readonly release: {
        /** What is done, shown before it is. */
        readonly how: string;
        /** Where it came from, shown after it. */
        readonly from: string;
        /** Where the release is once it was fetched. */
        readonly path: () => string;
        /** The site that it is fetched from. */
        readonly site: string;
        /** Fetches it to there. */
        readonly fetch: () => Promise<unknown>;
    };
    readonly module: {
        /** What is built, as in `building ... from its Go module`. */
        readonly what: string;
        readonly program: GoProgram;
        /** The file of the cache that the build leaves. */
        readonly file: CacheKey;
        /** Roughly how many seconds the build takes on two cores, with an empty cache of Go. */
        readonly seconds: number;
    };
    readonly advice: string;
}

/** The tool that a recipe describes. What was fetched or built once is found again. */
export function programTool(recipe: ProgramRecipe): Tool<Program> {
    const { title, names, release, module, advice } = recipe;
    const findOnPath = async () => {
        const found = await findNamed(names);
        return "got" in found ? inspect(recipe, found.got, "on PATH") : found;
    };
    const findInstalled = async (): Promise<Attempt<Program>> => {
        // Checked although a run linked them into the project: `npm run clean` removes the links.
        const path = await findProgram([release.path(), cachePath(module.file)]);
        return path === undefined ? { missed: "none" } : adopt(recipe, path, "installed before");
    };
    const fetch = async () => {
        await release.fetch();
        return adopt(recipe, release.path(), release.from);
    };
    const build = async () => {
        const path = await cached(module.file, (into) => buildGoProgram(module.program, into));
        return adopt(recipe, path, "built from its Go module");
    };
    return {
        name: title,
        ways: [
            { kind: "find", how: "on PATH", attempt: findOnPath },
            { kind: "find", how: "installed before", attempt: findInstalled },
            {
                kind: "fetch",
                how: release.how,
                obstacle: () => siteObstacle(release.site),
                attempt: fetch,
            },
            {
                kind: "build",
                how: `building ${module.what} from its Go module`,
                seconds: module.seconds,
                obstacle: () => goObstacle(module.program),
                attempt: build,
            },
        ],
        advice,
    };
}

/** The first program of these names in these folders. @param folders @default those of PATH */
export async function findNamed(
    names: readonly string[],
    folders?: readonly string[],
): Promise<Attempt<string>> {
    const path = await findProgram(names, folders);
    return path === undefined
        ? { missed: `no ${names.join(" or ")} there` }
        : { got: path, note: path };
}

/** Whether the program at a path is accepted. */
async function inspect(
    { versionArgs, readVersion, minimum, exactly }: ProgramRecipe,
    path: string,
    from: string,
): Promise<Attempt<Program>> {
    const env = { PULUMI_SKIP_UPDATE_CHECK: "true" };
    const answer = await run(path, versionArgs, { env, timeoutMs: 30_000 });
    const version = readVersion(answer.stdout);
    if (answer.code !== 0 || version === undefined) {
        return { missed: `${path} does not tell its version` };
    }
    if (exactly !== undefined && version !== exactly) {
        return { missed: `${path} is ${version}; expected ${exactly}` };
    }
    return minimum === undefined || isAtLeast(version, minimum)
        ? { got: { path, version }, note: `${version} ${from}` }
        : { missed: `${path} is ${version}; expected ${minimum} or later` };
}

/** Links a program into `.tools/bin`, with its helpers beside it, as Pulumi's language hosts. */
async function adopt(recipe: ProgramRecipe, path: string, from: string): Promise<Attempt<Program>> {
    const outcome = await inspect(recipe, path, from);
    if ("missed" in outcome || recipe.exactly !== undefined) {
        return outcome;
    }
    const folder = dirname(path);
    const isHelper = (file: string) =>
        /^[\w-]+$/.test(file) && recipe.names.some((name) => file.startsWith(`${name}-`));
    readdirSync(folder)
        .filter(isHelper)
        .forEach((file) => linkTool(join(folder, file)));
    return { ...outcome, got: { ...outcome.got, path: linkTool(path) } };
}
