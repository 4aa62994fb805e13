import { consulImageTool, type ConsulImage } from "./consulImage.ts";
import { dockerEngineTool, type DockerEngine } from "./dockerEngine.ts";
import { dockerMachineTool, type DockerMachine } from "./dockerMachine.ts";
import { obtain, ToolMissing, type ObtainOptions, type Tool } from "./obtain.ts";
import { pluginTool } from "./plugins.ts";
import { pulumiTool, type Pulumi } from "./pulumi.ts";
import { plugins } from "./versions.ts";

/** What makes and removes a cluster of lab machines on this computer. */
export interface Machinery {
    readonly pulumi: Pulumi;
    readonly engine: DockerEngine;
    readonly dockerMachine: DockerMachine;
}

/** Everything that a cluster of lab machines needs. */
export interface Toolbox extends Machinery {
    readonly image: ConsulImage;
}

/** Several tools are missing; each is named, with what to do about it. */
export class ToolsMissing extends Error {
    readonly missing: readonly ToolMissing[];

    constructor(missing: readonly ToolMissing[]) {
        super(missing.map(({ message }) => message).join("\n\n"));
        this.name = "ToolsMissing";
        this.missing = missing;
    }
}

/**
 * Gets everything, or says at once all that is missing. What costs nothing to learn comes first,
 * and from the first thing that is missing on, nothing is fetched or built any more.
 */
export async function obtainEverything(
    configuredImage: string,
    options: ObtainOptions = {},
): Promise<Toolbox> {
    const collector = new Collector(options);
    const machinery = await collectMachinery(collector);
    const image = await collector.get(consulImageTool(configuredImage));
    return { ...collector.whole(machinery), ...collector.whole({ image }) };
}

/** Gets what removes a cluster, which takes no image. */
export async function obtainMachinery(options: ObtainOptions = {}): Promise<Machinery> {
    const collector = new Collector(options);
    return collector.whole(await collectMachinery(collector));
}

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

/** Gets one tool after another, and remembers which are missing. */
class Collector {
    readonly #options: ObtainOptions;
    readonly #missing: ToolMissing[] = [];

    constructor(options: ObtainOptions) {
        this.#options = options;
    }

    async get<T>(tool: Tool<T>): Promise<T | undefined> {
        const mode = this.#missing.length > 0 ? ({ only: "find" } as const) : {};
        try {
            return await obtain(tool, { ...this.#options, ...mode });
        } catch (error) {
            if (!(error instanceof ToolMissing)) {
                throw error;
            }
            this.#missing.push(error);
            return undefined;
        }
    }

    /** The tools, when none is missing. */
    whole<T extends object>(tools: T): { [name in keyof T]: NonNullable<T[name]> } {
        if (this.#missing.length > 0) {
            throw new ToolsMissing(this.#missing);
        }
        return tools as { [name in keyof T]: NonNullable<T[name]> };
    }
}
