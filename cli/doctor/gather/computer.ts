import type { ToolFact } from "../../show/tools.ts";
import { committedSettings, configuredImageTool } from "../../stack/stackSettings.ts";
import { dockerEngineTool } from "../../tools/dockerEngine.ts";
import { dockerMachineTool } from "../../tools/dockerMachineTool.ts";
import { obtain, ToolMissing, type Tool } from "../../tools/obtain.ts";
import { providersTool } from "../../tools/providers.ts";
import { pulumiTool, type Pulumi } from "../../tools/pulumi.ts";
import { versions } from "../../tools/versions.ts";

/** What was learned about this computer. */
export interface ComputerFacts {
    readonly tools: readonly ToolFact[];
    /** The CLI, which everything that is asked of a stack needs. */
    readonly pulumi: Pulumi | undefined;
}

/** Looks for each tool, fetches none. */
export async function gatherComputer(): Promise<ComputerFacts> {
    const tools: ToolFact[] = [
        { name: "Node", note: `${process.versions.node}, at least ${versions.node.minimum}` },
    ];
    const find = async <T>(tool: Tool<T>): Promise<T | undefined> => {
        let note = "";
        const report = (line: string) => {
            note = line.slice(`${tool.name}: `.length);
        };
        try {
            const found = await obtain(tool, { only: "find", report });
            tools.push({ name: tool.name, note });
            return found;
        } catch (error) {
            if (!(error instanceof ToolMissing)) {
                throw error;
            }
            const advice = `\`npm start\` gets it where it can. ${tool.advice}`;
            tools.push({ name: tool.name, note: error.detail, advice });
            return undefined;
        }
    };
    const pulumi = await find(pulumiTool);
    if (pulumi !== undefined) {
        await find(providersTool(pulumi));
    }
    await find(dockerEngineTool);
    await find(dockerMachineTool);
    if (pulumi !== undefined) {
        await find(configuredImageTool(await committedSettings(pulumi)));
    }
    return { tools, pulumi };
}
