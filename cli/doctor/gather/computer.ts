import { dockerEngineTool } from "../../tools/dockerEngine.ts";
import { dockerMachineTool } from "../../tools/dockerMachineTool.ts";
import { obtain, ToolMissing, type Tool } from "../../tools/obtain.ts";
import { pluginTool } from "../../tools/plugins.ts";
import { pulumiTool, type Pulumi } from "../../tools/pulumi.ts";
import { plugins, versions } from "../../tools/versions.ts";
import { committedSettings, configuredImageTool } from "../../stack/stackSettings.ts";
import { commandOf } from "../../stack/workspace.ts";

/** A tool that was looked for. */
export interface ToolFact {
    readonly name: string;
    /** What was found, or why nothing was. */
    readonly note: string;
    /** What to do about it; absent where there is nothing to do. */
    readonly advice?: string | undefined;
}

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
    const look = async <T>(tool: Tool<T>): Promise<T | undefined> => {
        const { fact, found } = await lookFor(tool);
        tools.push(fact);
        return found;
    };
    const pulumi = await look(pulumiTool);
    if (pulumi !== undefined) {
        for (const plugin of plugins) {
            await look(pluginTool(pulumi, plugin));
        }
    }
    await look(dockerEngineTool);
    await look(dockerMachineTool);
    if (pulumi !== undefined) {
        const committed = await committedSettings(await commandOf(pulumi));
        await look(configuredImageTool(committed));
    }
    return { tools, pulumi };
}

/** What is found of one tool, in the words that its own ways use. */
async function lookFor<T>(
    tool: Tool<T>,
): Promise<{ readonly fact: ToolFact; readonly found: T | undefined }> {
    let note = "";
    const report = (line: string) => {
        note = line.slice(`${tool.name}: `.length);
    };
    try {
        const found = await obtain(tool, { only: "find", report });
        return { fact: { name: tool.name, note }, found };
    } catch (error) {
        if (!(error instanceof ToolMissing)) {
            throw error;
        }
        const advice = `\`npm start\` gets it where it can. ${tool.advice}`;
        return { fact: { name: tool.name, note: error.detail, advice }, found: undefined };
    }
}

/** The report on the tools: one line each, and below a missing one what to do. */
export function reportTools(facts: readonly ToolFact[]): string {
    return facts
        .map(({ name, note, advice }) =>
            advice === undefined
                ? `  ok    ${name}: ${note}`
                : `  FAIL  ${name}: ${note}\n        ${advice}`,
        )
        .join("\n");
}
