import { delimiter, dirname, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { Progress } from "../../cli/show/stepProgress.ts";
import { declaredSettings } from "../../cli/stack/declaredSettings.ts";
import { configuredImageTool } from "../../cli/stack/stackSettings.ts";
import { announced, obtainToolbox } from "../../cli/stack/toolbox.ts";
import { Collector, ToolsMissing } from "../../cli/tools/collector.ts";
import type { ConsulImage } from "../../cli/tools/consulImage.ts";
import { dockerEngineTool } from "../../cli/tools/dockerEngine.ts";
import type { Toolbox } from "../../cli/tools/everything.ts";
import {
    obtain,
    survey,
    ToolMissing,
    type ObtainOptions,
    type Tool,
} from "../../cli/tools/obtain.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import { languageHostTool } from "../../cli/tools/plugins.ts";
import { askedProviders, type ProviderChoice } from "../../cli/tools/providers.ts";
import { exactPulumiTool, pulumiTool, type Pulumi } from "../../cli/tools/pulumi.ts";
import { dockerPackage } from "../../providers/docker/dockerPackage.ts";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { officialPath } from "../conformance/support/official.ts";

/** Which providers a layer's stacks are made by. */
type Providers = ProviderChoice["kind"];

declare module "vitest" {
    interface ProvidedContext {
        /** Why a layer cannot run here: which pieces are missing. */
        missing?: string;
        /** Why the tests that need an image cannot run here, where the rest of their layer can. */
        noImage?: string;
        /** Pulumi's CLI that the layer runs on, where it is one of the supported versions. */
        pulumi?: Pulumi;
        /** The providers that the layer's stacks are made by. */
        providers?: Providers;
        /** Why these are not Pulumi's own. */
        noOfficial?: string;
        /** Why the tests that need Pulumi's host for Node programs cannot run here, where the rest of their layer
         * can. */
        noHost?: string;
    }
}

/**
 * Brings what a layer needs before its first test. This is all that tests are told by their
 * environment:
 *
 * - `PATH` is led by the folder of the newest supported Pulumi (lab, faults), then by `.tools/bin`, where a
 *   docker-machine is that was not found.
 * - `PULUMI_SKIP_UPDATE_CHECK` is set, and the shell's DOCKER_* variables are empty.
 * - `LAB_IMAGE` (lab, faults, conformance): the value for the setting `image`, a reference or an archive.
 * - `LAB_IMAGE_ARCHIVE` (lab, faults, conformance): the archive's full path, where the image is one.
 *
 * A Pulumi CLI that the layer runs on is provided, and so are the `providers` of the lab's stacks. Pulumi's own are
 * taken, with the `pulumi` command, where they and its host for Node programs are there or can be downloaded; else,
 * and in the project `lab-embedded`, ours, with `npm run up` and its like. `CONSUL_MACHINES_PROVIDERS` chooses here
 * too. Every program that a test starts gets that variable from test/lab/support/pieces.ts.
 *
 * Where a piece is missing, no test that needs it runs, and its name and the reason are provided.
 */
export default async function prepareLayer(project: TestProject): Promise<() => void> {
    const before = { ...process.env };
    try {
        Object.assign(process.env, await environmentOf(project));
    } catch (error) {
        if (!(error instanceof ToolsMissing || error instanceof ToolMissing)) {
            throw error;
        }
        project.provide(project.name === "conformance" ? "noImage" : "missing", error.reason);
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
    const [layer, variant] = project.name.split("-");
    if (layer === "conformance") {
        return { ...common, ...(await conformanceImage(options)) };
    }
    if (layer === "engine") {
        const isExact = variant === "oldest" || variant === "newest";
        const tool = isExact ? exactPulumiTool(variant) : pulumiTool;
        const pulumi = await obtain(tool, options);
        project.provide("pulumi", pulumi);
        project.provide("noHost", await whyNoHost(pulumi, options));
        return common;
    }
    const asked = variant === "embedded" ? variant : askedProviders();
    const tool = exactPulumiTool("newest");
    if (asked === "official") {
        await refuseHostless(tool);
    }
    const toolbox = await obtainToolbox(options, { pulumi: tool, providers: asked });
    project.provide("pulumi", toolbox.pulumi);
    const without = await whyNoOfficial(toolbox, asked, options);
    project.provide("providers", without === undefined ? "official" : "embedded");
    project.provide("noOfficial", without);
    const PATH = [dirname(toolbox.pulumi.path), process.env.PATH ?? ""].join(delimiter);
    return { ...common, PATH, ...imageEnvironment(toolbox.image) };
}

/** The image whose containers are compared; nothing where there is no plugin to compare our provider with. */
async function conformanceImage(options: ObtainOptions): Promise<NodeJS.ProcessEnv> {
    if (officialPath(dockerPackage) === undefined) {
        return {};
    }
    const collector = new Collector(options);
    const engine = collector.get(dockerEngineTool);
    const image = collector.get(configuredImageTool(declaredSettings()), engine);
    const both = async () => ({ engine: await engine, image: await image });
    return imageEnvironment((await collector.all(both())).image);
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

/**
 * Why the layer does not run on Pulumi's own providers; undefined where it does. With these the tests run `pulumi up`
 * as its users do, which takes a host for Node programs.
 */
async function whyNoOfficial(
    { pulumi, providers }: Toolbox,
    asked: Providers | undefined,
    options: ObtainOptions,
): Promise<string | undefined> {
    if (providers.kind === "embedded") {
        return `a provider of Pulumi's own is missing (${providers.reason})`;
    }
    try {
        await obtain(languageHostTool(pulumi), options);
        return undefined;
    } catch (error) {
        if (asked === "official" || !(error instanceof ToolMissing)) {
            throw error;
        }
        options.report?.(`embedded providers: ${error.reason}`);
        return error.reason;
    }
}

/** Why no program of Node's can be run by the CLI itself, be it a stack's or a policy pack; undefined where it can. */
async function whyNoHost(pulumi: Pulumi, options: ObtainOptions): Promise<string | undefined> {
    try {
        await obtain(languageHostTool(pulumi), options);
        return undefined;
    } catch (error) {
        if (!(error instanceof ToolMissing)) {
            throw error;
        }
        return error.reason;
    }
}

/** The image, told twice: as the setting takes it, and where the file is, if there is one. */
export function imageEnvironment({ image }: ConsulImage): NodeJS.ProcessEnv {
    return image.endsWith(".tar")
        ? { LAB_IMAGE: image, LAB_IMAGE_ARCHIVE: resolve(projectRoot, image) }
        : { LAB_IMAGE: image };
}
