import { EngineApi } from "../../scripts/engineApi.ts";
import { readMachine } from "../../scripts/machineInspect.ts";
import { consulImageTool } from "../../tools/consulImage.ts";
import { dockerEngineTool } from "../../tools/dockerEngine.ts";
import { dockerMachineTool } from "../../tools/dockerMachine.ts";
import { messageOf, obtain, ToolMissing, type Tool } from "../../tools/obtain.ts";
import { pluginTool } from "../../tools/plugins.ts";
import { pulumiTool, type Pulumi } from "../../tools/pulumi.ts";
import { plugins, versions } from "../../tools/versions.ts";
import { askCluster, readOutputs, standingOf, type DeclaredNode } from "../stack/nodes.ts";
import { committedSettings, configuredImage, machineStore } from "../stack/settings.ts";
import { commandOf, readStackOutputs } from "../stack/workspace.ts";
import type { NodeFacts, StackFacts, ToolFact } from "./checks.ts";

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
        await look(consulImageTool(configuredImage(committed)));
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

/** Asks a stack that runs, and each of its nodes; undefined where none runs. */
export async function gatherStack(pulumi: Pulumi): Promise<StackFacts | undefined> {
    const outputs = await readStackOutputs(pulumi);
    const declared = outputs === undefined ? undefined : readOutputs(outputs);
    if (declared === undefined) {
        return undefined;
    }
    const { project, stack } = await committedSettings(await commandOf(pulumi));
    const store = machineStore({ project, stack });
    const answers = await askCluster(Object.values(declared.nodes));
    const nodes = await Promise.all(
        Object.entries(declared.nodes).map(async ([name, node]): Promise<NodeFacts> => ({
            name,
            ...node,
            ...standingOf(name, answers),
            engineSilence: await engineSilence(store, node),
        })),
    );
    return { nodes, silence: answers.silence };
}

/** Why a machine's engine does not answer as it should; undefined where it does. */
async function engineSilence(
    store: string,
    { machine }: DeclaredNode,
): Promise<string | undefined> {
    try {
        const { endpoint } = await readMachine(store, machine);
        const engine = await EngineApi.ofMachine(store, machine, endpoint);
        await engine.text("/_ping", { timeout: 5_000 });
        return undefined;
    } catch (error) {
        return messageOf(error);
    }
}
