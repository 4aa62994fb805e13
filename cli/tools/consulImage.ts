import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { describeError } from "../../scripts/system/progress.ts";
import { cachePath, cached, type CacheKey } from "./cache.ts";
import { engine } from "./dockerEngine.ts";
import { buildGoProgram, goArch } from "./goModule.ts";
import { writeImageArchive } from "./imageTarball.ts";
import { linkFile } from "./link.ts";
import { type Attempt, type Tool } from "./obtain.ts";
import { projectRoot, toolsFolder } from "./paths.ts";
import { versions } from "./versions.ts";

const { module, tag } = versions.consul;
const architecture = goArch();

/** The image's archive, in the cache that all clones share. */
const archive: CacheKey = {
    tool: "consul",
    version: module,
    file: `consul-${module}-${architecture}.tar`,
};

/** How long a registry may take to say whether it has an image. */
const registryWithinMs = 20_000;

/** A Consul image, as the setting `image` names it: a reference to pull, or an archive's path. */
export interface ConsulImage {
    readonly image: string;
}

/**
 * The image that the stack's nodes run: the configured one where it can be pulled, else an archive
 * with the same Consul built from its Go module.
 */
export function consulImageTool(configured: string): Tool<ConsulImage> {
    return {
        name: "Consul image",
        ways: [
            { kind: "find", how: "as configured", attempt: () => findConfigured(configured) },
            { kind: "find", how: "archive made before", attempt: findArchive },
            {
                kind: "build",
                how: `building Consul ${module} from its Go module (minutes)`,
                attempt: async () => adopt(await makeArchive()),
            },
        ],
        advice:
            `Make the registry of "${configured}" reachable for Docker Engine, or put the path of ` +
            "an archive made by `docker save` into the setting consul-machines:image, " +
            "or install Go, and try again.",
    };
}

/** An image as a setting names it: there, where it is an archive, else to be had of its registry. */
export async function findConfigured(configured: string): Promise<Attempt<ConsulImage>> {
    if (configured.endsWith(".tar")) {
        return existsSync(resolve(projectRoot, configured))
            ? { got: { image: configured }, note: configured }
            : { missed: `there is no ${configured}` };
    }
    // The engine asks the registry itself, through whatever mirror or proxy it has been given.
    try {
        await engine.ask(`/distribution/${configured}/json`, { timeout: registryWithinMs });
        return { got: { image: configured }, note: `${configured} can be pulled` };
    } catch (error) {
        return { missed: describeError(error) };
    }
}

/** Only looks at the name: the cache never holds half a file. */
async function findArchive(): Promise<Attempt<ConsulImage>> {
    const path = cachePath(archive);
    return Promise.resolve(existsSync(path) ? adopt(path) : { missed: "none" });
}

/** Links the archive into the project, as the setting takes a path inside it. */
function adopt(path: string): Attempt<ConsulImage> {
    const link = linkFile(path, join(toolsFolder, "images", basename(path)));
    return {
        got: { image: relative(projectRoot, link) },
        note: `${tag}, built from its Go module`,
    };
}

async function makeArchive(): Promise<string> {
    return cached(archive, async (into) => {
        const root = await mkdtemp(join(tmpdir(), "consul-machines-consul-"));
        try {
            const program = join(root, "bin", "consul");
            await mkdir(dirname(program), { mode: 0o755 });
            // Consul writes its snapshots here before it moves them.
            await mkdir(join(root, "tmp"));
            await chmod(join(root, "tmp"), 0o1777);
            await buildGoProgram(
                {
                    folder: "cli/tools/go/consul",
                    package: "github.com/hashicorp/consul",
                    platform: { os: "linux", arch: architecture },
                },
                program,
            );
            await chmod(program, 0o755);
            const start = {
                entrypoint: ["/bin/consul"],
                path: "/bin",
                madeBy: "COPY consul /bin/",
            };
            await writeImageArchive({ root, ...start, tag, architecture }, into);
        } finally {
            await rm(root, { recursive: true, force: true });
        }
    });
}
