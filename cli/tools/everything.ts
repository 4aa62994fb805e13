import type { ConsulImage } from "./consulImage.ts";
import { dockerEngineTool, type DockerEngine } from "./dockerEngine.ts";
import { dockerMachineTool } from "./dockerMachineTool.ts";
import { Collector, type ObtainOptions, type Tool } from "./obtain.ts";
import { pluginTool } from "./plugins.ts";
import type { Program } from "./programTool.ts";
import { pulumiTool, type Pulumi } from "./pulumi.ts";
import { plugins } from "./versions.ts";

/** What makes and removes a cluster of lab machines on this computer. */
export interface Machinery {
    readonly pulumi: Pulumi;
    readonly engine: DockerEngine;
    readonly dockerMachine: Program;
}

/** Everything that a cluster of lab machines needs. */
export interface Toolbox extends Machinery {
    readonly image: ConsulImage;
}

/**
 * Gets everything, or throws a ToolsMissing that names all that is missing.
 *
 * @param imageTool of the image that the nodes run.
 */
export async function obtainEverything(
    imageTool: Tool<ConsulImage>,
    options: ObtainOptions = {},
): Promise<Toolbox> {
    const collector = new Collector(options);
    const machinery = await collectMachinery(collector);
    return collector.allOrThrow({ ...machinery, image: await collector.get(imageTool) });
}

/** Gets what removes a cluster, which takes no image. */
export async function obtainMachinery(options: ObtainOptions = {}): Promise<Machinery> {
    const collector = new Collector(options);
    return collector.allOrThrow(await collectMachinery(collector));
}

/** The cheapest to find out come first. */
async function collectMachinery(collector: Collector) {
    const pulumi = await collector.get(pulumiTool);
    for (const plugin of plugins) {
        if (pulumi !== undefined) {
            await collector.get(pluginTool(pulumi, plugin));
        }
    }
    const engine = await collector.get(dockerEngineTool);
    return { pulumi, engine, dockerMachine: await collector.get(dockerMachineTool) };
}
