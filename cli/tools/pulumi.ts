import { userInfo } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";
import { describeError } from "../../scripts/system/progress.ts";
import type { Tool } from "./obtain.ts";
import { programTool, type Program, type ProgramRecipe } from "./programTool.ts";
import { versionIn, versions } from "./versions.ts";

/** Pulumi's CLI, new enough for the program. */
export type Pulumi = Program;

/** The versions that tests run on, by what they are; `docs/upgrade.md` says what is supported. */
export type SupportedPulumi = keyof typeof versions.pulumi;

const { oldest } = versions.pulumi;

/** Pulumi's CLI: on PATH, from Pulumi's own installer, or built from its Go module. */
export const pulumiTool = programTool({
    ...recipeOf("newest"),
    title: "Pulumi's CLI",
    minimum: oldest,
    advice: adviceFor(`${oldest} or later`),
});

/** Pulumi's CLI of one supported version, whatever else this computer has. */
export function exactPulumiTool(which: SupportedPulumi): Tool<Pulumi> {
    const version = versions.pulumi[which];
    return programTool({
        ...recipeOf(which),
        title: `Pulumi's CLI ${version}`,
        exactly: version,
        advice: adviceFor(version),
    });
}

function adviceFor(version: string): string {
    return (
        `Install Pulumi ${version}, https://www.pulumi.com/docs/install/ ` +
        "(`curl -fsSL https://get.pulumi.com | sh`), or Go, and try again."
    );
}

function recipeOf(which: SupportedPulumi): Omit<ProgramRecipe, "title" | "advice"> {
    const version = versions.pulumi[which];
    return {
        names: ["pulumi"],
        versionArgs: ["version"],
        readVersion: versionIn,
        release: {
            how: `installing ${version} with Pulumi's own installer`,
            from: "from Pulumi's installer",
            path: () => join(installFolder(version), "bin", "pulumi"),
            site: "https://get.pulumi.com",
            fetch: () => install(version),
        },
        module: {
            what: version,
            seconds: 360,
            program: {
                folder: `cli/tools/go/pulumi-${which}`,
                package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                set: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`],
            },
            file: {
                tool: "pulumi",
                version,
                file: process.platform === "win32" ? "pulumi.exe" : "pulumi",
            },
        },
    };
}

/** Pulumi's own folder for CLIs that its Automation API installs. */
function installFolder(version: string): string {
    const home = process.env.PULUMI_HOME ?? join(userInfo().homedir, ".pulumi");
    return join(home, "versions", version);
}

async function install(version: string): Promise<void> {
    try {
        const root = installFolder(version);
        await PulumiCommand.install({ root, version: new SemVer(version) });
    } catch (error) {
        // The installer prints all that it does; the reason comes last.
        throw new Error(describeError(error).trim().split("\n").slice(-2).join(" "), {
            cause: error,
        });
    }
}
