import type { OperationOptions, Properties } from "../../protocol/provider.ts";
import type { MachineEngine } from "../engine.ts";
import type { Comparisons } from "../schema/difference.ts";
import type { Schema } from "../schema/property.ts";
import type { Values } from "../schema/state.ts";

/** What the engine says of a resource. */
export interface Answer {
    readonly id: string;
    readonly values: Values;
}

/** A type of resource, as the provider makes it on a machine. */
export interface ResourceType {
    /** `docker:index/container:Container` */
    readonly token: string;
    readonly schema: Schema;
    /** What Terraform keeps beside the state: the version of its schema and time limits. */
    readonly meta: object;
    /** Whether its replacement is created before it is deleted. @default false: names are taken until then */
    readonly createsFirst?: true;
    /** Properties that are compared in their own way. @default none */
    readonly comparisons?: Comparisons;
    /** Makes it. @param made called as soon as there is something, whatever happens after. */
    create(
        engine: MachineEngine,
        inputs: Properties,
        made: (id: string) => void,
        options: ResourceOptions,
    ): Promise<Answer>;
    /** Asks the engine for it; undefined where it has none. @param state what was recorded. */
    read(engine: MachineEngine, id: string, state: Properties): Promise<Answer | undefined>;
    /** Changes it. @default nothing is to be done on the engine */
    update?(
        engine: MachineEngine,
        id: string,
        state: Properties,
        inputs: Properties,
        options: ResourceOptions,
    ): Promise<void>;
    /** Removes it. One that is gone is no error. */
    delete(
        engine: MachineEngine,
        id: string,
        state: Properties,
        options: ResourceOptions,
    ): Promise<void>;
}

/** How an operation is run. */
export interface ResourceOptions extends Pick<OperationOptions, "timeout"> {
    /** Aborted when the user interrupts the run. */
    readonly signal: AbortSignal;
}
