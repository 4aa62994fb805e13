import { Collector } from "./collector.ts";
import type { ConsulImage } from "./consulImage.ts";
import { dockerEngineTool, type DockerEngine } from "./dockerEngine.ts";
import { dockerMachineTool } from "./dockerMachineTool.ts";
import { labImageTool } from "./labImageTool.ts";
import type { ObtainOptions, Tool } from "./obtain.ts";
import type { Program } from "./programTool.ts";
import { askedProviders, providersTool, type ProviderChoice } from "./providers.ts";
import { pulumiTool, type Pulumi } from "./pulumi.ts";

/** What makes and removes a cluster of lab machines on this computer. */
export interface Machinery {
    readonly pulumi: Pulumi;
    readonly providers: ProviderChoice;
    readonly engine: DockerEngine;
    readonly dockerMachine: Program;
}

/** What a cluster needs besides the machinery. */
export interface Needs {
    /** Tool of Pulumi's CLI. @default any supported version */
    readonly pulumi?: Tool<Pulumi> | undefined;
    /** The providers that are asked for. @default what the environment says */
    readonly providers?: ProviderChoice["kind"] | undefined;
    /** Tool of the image that its nodes run. */
    readonly image: Tool<ConsulImage>;
    /** Tools of other images, by the settings that name them. @default none */
    readonly otherImages?: Readonly<Record<string, Tool<ConsulImage>>>;
    /** Whether it has machines that are containers on this computer. */
    readonly labMachines: boolean;
}

/** Everything that a cluster needs. */
export interface Toolbox extends Machinery {
    readonly image: ConsulImage;
    readonly otherImages: Readonly<Record<string, ConsulImage>>;
}

/** Gets everything side by side, or throws a ToolsMissing that names all that is missing. */
export async function obtainEverything(
    { pulumi, providers, image: imageTool, otherImages = {}, labMachines }: Needs,
    options: ObtainOptions = {},
): Promise<Toolbox> {
    const collector = new Collector(options);
    const machinery = startMachinery(collector, pulumi, providers);
    const image = collector.get(imageTool, machinery.engine);
    const others = Object.entries(otherImages).map(async ([name, tool]) => {
        const found = await collector.get(tool, machinery.engine);
        return found === undefined ? [] : [[name, found] as const];
    });
    const machine = labMachines ? collector.get(labImageTool, machinery.engine) : undefined;
    const everything = async () => ({
        ...(await theMachinery(machinery)),
        image: await image,
        otherImages: Object.fromEntries((await Promise.all(others)).flat()),
        machine: labMachines ? await machine : "",
    });
    return collector.all(everything());
}

/** Gets what removes a cluster, which takes no image. */
export async function obtainMachinery(options: ObtainOptions = {}): Promise<Machinery> {
    const collector = new Collector(options);
    return collector.all(theMachinery(startMachinery(collector)));
}

/** Those that take longest come first: not all builds run at once. */
function startMachinery(
    collector: Collector,
    cli: Tool<Pulumi> = pulumiTool,
    asked = askedProviders(),
) {
    const pulumi = collector.get(cli);
    return {
        pulumi,
        providers: collector.getBy(pulumi, (found) => providersTool(found, asked)),
        engine: collector.get(dockerEngineTool),
        dockerMachine: collector.get(dockerMachineTool),
    };
}

async function theMachinery(started: ReturnType<typeof startMachinery>) {
    const [pulumi, providers, engine, dockerMachine] = await Promise.all([
        started.pulumi,
        started.providers,
        started.engine,
        started.dockerMachine,
    ]);
    return { pulumi, providers, engine, dockerMachine };
}
