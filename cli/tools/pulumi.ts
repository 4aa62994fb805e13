import { userInfo } from "node:os";
import { join } from "node:path";
import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";
import { SemVer } from "semver";
import { describeError } from "../../scripts/system/progress.ts";
import { programTool, type Program } from "./programTool.ts";
import { versionIn, versions } from "./versions.ts";

/** Pulumi's CLI, new enough for the program. */
export type Pulumi = Program;

const { minimum, official, module } = versions.pulumi;

/** Pulumi's CLI: on PATH, from Pulumi's own installer, or built from its Go module. */
export const pulumiTool = programTool({
    title: "Pulumi's CLI",
    names: ["pulumi"],
    versionArgs: ["version"],
    readVersion: versionIn,
    minimum,
    release: {
        how: `installing ${official} with Pulumi's own installer`,
        from: "from Pulumi's installer",
        path: () => join(installFolder(), "bin", "pulumi"),
        fetch: install,
    },
    module: {
        what: module,
        program: {
            folder: "cli/tools/go/pulumi",
            package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            set: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${module}`],
        },
        file: {
            tool: "pulumi",
            version: module,
            file: process.platform === "win32" ? "pulumi.exe" : "pulumi",
        },
    },
    advice:
        `Install Pulumi ${minimum} or later, https://www.pulumi.com/docs/install/ ` +
        "(`curl -fsSL https://get.pulumi.com | sh`), or Go, and try again.",
});

/** Pulumi's own folder for CLIs that its Automation API installs. */
function installFolder(): string {
    const home = process.env.PULUMI_HOME ?? join(userInfo().homedir, ".pulumi");
    return join(home, "versions", official);
}

async function install(): Promise<void> {
    try {
        await PulumiCommand.install({ root: installFolder(), version: new SemVer(official) });
    } catch (error) {
        // The installer prints all that it does; the reason comes last.
        throw new Error(describeError(error).trim().split("\n").slice(-2).join(" "), {
            cause: error,
        });
    }
}
