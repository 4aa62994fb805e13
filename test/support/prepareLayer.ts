import { delimiter, dirname, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { Progress } from "../../cli/show/stepProgress.ts";
import { announced, obtainToolbox } from "../../cli/stack/toolbox.ts";
import type { ConsulImage } from "../../cli/tools/consulImage.ts";
import { ToolsMissing } from "../../cli/tools/collector.ts";
import { obtain, survey, ToolMissing, type Tool } from "../../cli/tools/obtain.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import { languageHostTool } from "../../cli/tools/plugins.ts";
import { exactPulumiTool, pulumiTool, type Pulumi } from "../../cli/tools/pulumi.ts";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";

declare module "vitest" {
    interface ProvidedContext {
        /** Why a layer cannot run here: which pieces are missing. */
        missing?: string;
        /** Pulumi's CLI that the layer runs on, where it is one of the supported versions. */
        pulumi?: Pulumi;
    }
}

/**
 * Brings what a layer needs before its first test. This is all that tests are told by their
 * environment:
 *
 * - `PATH` is led by the folder of the newest supported Pulumi (lab, faults), then by `.tools/bin`, where a
 *   docker-machine is that was not found.
 * - `PULUMI_SKIP_UPDATE_CHECK` is set, and the shell's DOCKER_* variables are empty.
 * - `LAB_IMAGE` (lab, faults): the value for the setting `image`, a reference or an archive.
 * - `LAB_IMAGE_ARCHIVE` (lab, faults): the archive's full path, where the image is one.
 *
 * A Pulumi CLI that the layer runs on is provided. Where a piece is missing, no test of the layer runs, and its
 * name and the reason are provided.
 */
export default async function prepareLayer(project: TestProject): Promise<() => void> {
    const before = { ...process.env };
    try {
        Object.assign(process.env, await environmentOf(project));
    } catch (error) {
        if (!(error instanceof ToolsMissing || error instanceof ToolMissing)) {
            throw error;
        }
        project.provide("missing", error.reason);
    }
    return () => {
        const added = Object.keys(process.env).filter((name) => !(name in before));
        added.forEach((name) => Reflect.deleteProperty(process.env, name));
        Object.assign(process.env, before);
    };
}

async function environmentOf(project: TestProject): Promise<NodeJS.ProcessEnv> {
    const options = announced(new Progress());
    const common = { PULUMI_SKIP_UPDATE_CHECK: "true", ...noDockerVariables };
    const [layer, cli] = project.name.split("-");
    if (layer === "engine") {
        const isExact = cli === "oldest" || cli === "newest";
        const tool = isExact ? exactPulumiTool(cli) : pulumiTool;
        project.provide("pulumi", await obtain(tool, options));
        return common;
    }
    const tool = exactPulumiTool("newest");
    await refuseHostless(tool);
    const { pulumi, image } = await obtainToolbox(options, tool);
    project.provide("pulumi", pulumi);
    // These tests run `pulumi up` as its users do, not by way of the Automation API.
    await obtain(languageHostTool(pulumi), options);
    const PATH = [dirname(pulumi.path), process.env.PATH ?? ""].join(delimiter);
    return { ...common, PATH, ...imageEnvironment(image) };
}

/**
 * Throws ToolMissing where Pulumi's CLI can only be built here and there is no host for Node programs, which such a
 * CLI lacks: before the minutes of the build.
 */
async function refuseHostless(tool: Tool<Pulumi>): Promise<void> {
    const { found, left } = await survey(tool);
    if (found === undefined && left.every(({ kind }) => kind === "build")) {
        const host = languageHostTool({ path: "pulumi", version: "" });
        await obtain({ ...host, ways: host.ways.filter(({ how }) => how === "on PATH") });
    }
}

/** The image, told twice: as the setting takes it, and where the file is, if there is one. */
export function imageEnvironment({ image }: ConsulImage): NodeJS.ProcessEnv {
    return image.endsWith(".tar")
        ? { LAB_IMAGE: image, LAB_IMAGE_ARCHIVE: resolve(projectRoot, image) }
        : { LAB_IMAGE: image };
}
