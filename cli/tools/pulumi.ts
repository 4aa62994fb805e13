import { existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import * as semver from "semver";
import { findProgram, run } from "../../scripts/system/process.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { cachePath, cached, type CacheKey } from "./cache.ts";
import { buildGoProgram } from "./goModule.ts";
import { linkTool } from "./link.ts";
import { type Attempt, type Tool } from "./obtain.ts";
import { isAtLeast, versionIn, versions } from "./versions.ts";

/** Pulumi's CLI, new enough for the program. */
export interface Pulumi {
    readonly path: string;
    readonly version: string;
}

const { minimum, official, module } = versions.pulumi;

/** The file of the cache that a build from the Go module leaves. */
const built: CacheKey = {
    tool: "pulumi",
    version: module,
    file: process.platform === "win32" ? "pulumi.exe" : "pulumi",
};

/** Pulumi's CLI: on PATH, from Pulumi's own installer, or built from its Go module. */
export const pulumiTool: Tool<Pulumi> = {
    name: "Pulumi's CLI",
    ways: [
        { kind: "find", how: "on PATH", attempt: findPulumi },
        { kind: "find", how: "installed before", attempt: findInstalled },
        {
            kind: "fetch",
            how: `installing ${official} with Pulumi's own installer`,
            attempt: install,
        },
        { kind: "build", how: `building ${module} from its Go module (minutes)`, attempt: build },
    ],
    advice:
        `Install Pulumi ${minimum} or later, https://www.pulumi.com/docs/install/ ` +
        "(`curl -fsSL https://get.pulumi.com | sh`), or Go, and try again.",
};

async function findPulumi(): Promise<Attempt<Pulumi>> {
    const path = await findProgram(["pulumi"]);
    return path === undefined ? { missed: "no pulumi there" } : inspect(path, "on PATH");
}

/** Looks where earlier runs left one, whose links a `clean` may have removed. */
async function findInstalled(): Promise<Attempt<Pulumi>> {
    const path = [join(installFolder(), "bin", "pulumi"), cachePath(built)].find(existsSync);
    return path === undefined ? { missed: "none" } : adopt(path, "installed before");
}

/** Whether the program at a path is a Pulumi that will do. */
async function inspect(path: string, where: string): Promise<Attempt<Pulumi>> {
    const answer = await run(path, ["version"], {
        env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
        timeoutMs: 30_000,
    });
    const version = versionIn(answer.stdout);
    if (answer.code !== 0 || version === undefined) {
        return { missed: `${path} does not tell its version` };
    }
    return isAtLeast(version, minimum)
        ? { got: { path, version }, note: `${version} ${where}` }
        : { missed: `${path} is ${version}; expected ${minimum} or later` };
}

/** Takes a CLI into `.tools/bin`, with the language hosts that lie beside it. */
async function adopt(path: string, where: string): Promise<Attempt<Pulumi>> {
    const outcome = await inspect(path, where);
    if ("missed" in outcome) {
        return outcome;
    }
    const folder = dirname(path);
    for (const file of readdirSync(folder).filter((name) => /^pulumi(-[\w-]+)?$/.test(name))) {
        linkTool(join(folder, file));
    }
    return { ...outcome, got: { ...outcome.got, path: linkTool(path) } };
}

/** Pulumi's own folder for CLIs that its Automation API installs. */
function installFolder(): string {
    const home = process.env.PULUMI_HOME ?? join(userInfo().homedir, ".pulumi");
    return join(home, "versions", official);
}

async function install(): Promise<Attempt<Pulumi>> {
    const root = installFolder();
    try {
        await PulumiCommand.install({ root, version: new semver.SemVer(official) });
    } catch (error) {
        return { missed: describeError(error).trim().split("\n").slice(-2).join(" ") };
    }
    return adopt(join(root, "bin", "pulumi"), "from Pulumi's installer");
}

async function build(): Promise<Attempt<Pulumi>> {
    const path = await cached(built, async (into) => {
        await buildGoProgram(
            {
                folder: "cli/tools/go/pulumi",
                package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                set: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${module}`],
            },
            into,
        );
    });
    return adopt(path, "built from its Go module");
}
