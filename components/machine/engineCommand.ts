import * as pulumi from "@pulumi/pulumi";
import type { AgentRequest, EngineRequest } from "../../scripts/protocol/requests.ts";
import { scriptCommand, type ScriptCommand } from "../pulumi/scriptCommand.ts";
import { goesWith, type DockerMachine, type DockerMachineArgs } from "./dockerMachine.ts";
import { engineOptions } from "./engineSettings.ts";
import { declaredAddress } from "./machineArgs.ts";

/** What an engine is told, and behind what. */
export interface ToldEngine {
    readonly args: Pick<DockerMachineArgs, "machine" | "engine">;
    /** The agent that restarts with it. @default several share the machine */
    readonly agent?: pulumi.Input<AgentRequest> | undefined;
    /** What comes before: the gate of the node that is changed before this one. @default nothing */
    readonly after?: readonly pulumi.Resource[];
}

/**
 * Declares what tells a machine's engine its settings. A new machine is made with them, and nothing is left to do; the engine
 * of one that is there is restarted for another one of them, and once more when there are none any more.
 *
 * @returns nothing where there are no settings.
 */
export function declareEngine(
    name: string,
    { args, agent, after = [] }: ToldEngine,
    { machineName, store, command }: DockerMachine,
    parent: pulumi.Resource,
): ScriptCommand[] {
    const engine = engineOptions(args.engine, declaredAddress(args.machine));
    if (engine === undefined) {
        return [];
    }
    const { path, owner, dockerMachine: binary } = store;
    const request = pulumi.output(agent).apply((restarted): EngineRequest => ({
        store: path,
        binary,
        owner,
        machine: machineName,
        engine,
        ...(restarted === undefined ? {} : { agent: restarted }),
    }));
    return [
        scriptCommand(
            name,
            { up: "engine apply", down: "engine reset", request },
            { parent, dependsOn: [command, ...after], ...goesWith(command) },
        ),
    ];
}
