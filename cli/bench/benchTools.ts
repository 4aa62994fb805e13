import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { Progress } from "../show/stepProgress.ts";
import { announced, obtainToolbox } from "../stack/toolbox.ts";
import { obtainMachinery } from "../tools/everything.ts";
import { survey } from "../tools/obtain.ts";
import { languageHostTool } from "../tools/plugins.ts";
import { providersTool, type ProviderChoice } from "../tools/providers.ts";
import type { Pulumi } from "../tools/pulumi.ts";

/** Pulumi's own plugins, or the providers of this project. */
export type ProviderKind = ProviderChoice["kind"];

/** What Pulumi is run with. */
export interface BenchTools {
    readonly pulumi: Pulumi;
    /** Whether `pulumi` itself can run a Node program: else the project's verbs are measured. */
    readonly isTyped: boolean;
    /** The providers that `npm start` would take. */
    readonly usual: ProviderKind;
    /** Those that can be compared here. */
    readonly kinds: readonly ProviderKind[];
}

/**
 * Gets all tools, as `npm start` does, and the image that it would run.
 *
 * @param image the one to take in its place; undefined for the stack's own.
 */
export async function obtainForBench(
    image: string | undefined,
): Promise<{ readonly tools: BenchTools; readonly image: string }> {
    const options = announced(new Progress(process.stderr));
    if (image !== undefined) {
        const { pulumi, providers } = await obtainMachinery(options);
        return { tools: await toolsOf(pulumi, providers.kind), image };
    }
    const { pulumi, providers, image: found } = await obtainToolbox(options);
    return { tools: await toolsOf(pulumi, providers.kind), image: found.image };
}

async function toolsOf(pulumi: Pulumi, usual: ProviderKind): Promise<BenchTools> {
    const find = { only: "find" } as const;
    const { found: host } = await survey(languageHostTool(pulumi), find);
    const { found: official } = await survey(providersTool(pulumi, "official"), find);
    const besides = [pulumi.path, realpathSync(pulumi.path)].map(dirname);
    return {
        pulumi,
        // With embedded providers Pulumi is told to take none from PATH, and this counts as one.
        isTyped: host !== undefined && besides.includes(dirname(host.got)),
        usual,
        kinds: official === undefined ? ["embedded"] : ["official", "embedded"],
    };
}
