import type { EngineOptions } from "../protocol/engineOptions.ts";
import { hasTypes, property } from "../system/json.ts";
import { isIdentity, isRunning, type ProcessIdentity } from "../system/processIdentity.ts";
import { progress } from "../system/progress.ts";
import { waitUntil } from "../system/waitFor.ts";
import { isEngineOptions } from "./engineOptions.ts";

/** Whatever belongs to one of the machines that a node has had, one after another. */
export interface OfGeneration {
    /** Counted from 1; absent for the first. */
    readonly generation?: number | undefined;
}

/** What we note of a machine beside docker-machine's own files, which know no owner. */
export interface MachineRecord extends OfGeneration {
    /** `project/stack` that made it. */
    readonly owner: string;
    /** `making` from before the first step until after the last: a machine left there is half-made. */
    readonly state: "making" | "made";
    /** The reason for which it was last provisioned again; each reason counts once. */
    readonly provisioned?: string | undefined;
    /** The address of an existing host's node, where this computer reaches the host elsewhere. @default the one that
     * docker-machine's file has */
    readonly address?: string | undefined;
    /** What docker-machine's description of it has of what its engine is told. @default nothing */
    readonly engine?: EngineOptions | undefined;
    /** What it had before that: the engine goes on with it where the present one is refused. @default nothing */
    readonly engineBefore?: EngineOptions | undefined;
    /** Where `machine up` found it last. */
    readonly place?: MachinePlace;
    /** The docker-machine process that makes it, so that a left-over one can be ended. */
    readonly maker?: ProcessIdentity;
}

/** A machine's address, and the one that docker-machine's file had of it then. That file follows a
 * machine only when docker-machine itself starts it; once it has changed, it is the newer of the two. */
export interface MachinePlace {
    readonly address: string;
    readonly recorded: string;
}

/** Whether a file's content is a record: of one that was torn, or written by hand, it may not be. */
export function isRecord(value: unknown): value is MachineRecord {
    const [state, place, maker] = ["state", "place", "maker"].map((name) => property(value, name));
    const told = ["engine", "engineBefore"].map((name) => property(value, name));
    const optional = {
        generation: "number|undefined",
        provisioned: "string|undefined",
        address: "string|undefined",
    };
    return (
        hasTypes(value, { owner: "string", ...optional }) &&
        (state === "making" || state === "made") &&
        told.every((one) => one === undefined || isEngineOptions(one)) &&
        (place === undefined || hasTypes(place, { address: "string", recorded: "string" })) &&
        (maker === undefined || isIdentity(maker))
    );
}

/** Which of a node's machines something belongs to. */
export function generationOf({ generation = 1 }: OfGeneration): number {
    return generation;
}

/** Why a machine that answers is not replaced by one of another generation. */
export function livingProblem(machine: string, before: number, now: number): string {
    return (
        `${machine}: generation ${now} is declared, but its machine of generation ${before} ` +
        `answers. Only a lost machine is replaced like this: declare generation ${before} again, ` +
        "and replace the machine as docs/replace.md describes for one that works."
    );
}

/**
 * Ends the docker-machine that an earlier, killed run left behind: two at work on one machine would
 * interfere with each other.
 *
 * @throws Error when it does not end.
 */
export async function endLeftOver(record: MachineRecord | undefined): Promise<void> {
    const maker = record?.maker;
    if (maker === undefined || !(await isRunning(maker))) {
        return;
    }
    progress(`ending docker-machine ${maker.pid}, which an interrupted run left behind`);
    const hasEnded = async () => !(await isRunning(maker));
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        process.kill(maker.pid, signal);
        if (await waitUntil(hasEnded, { limit: 5000, interval: 100 })) {
            return;
        }
    }
    throw new Error(`docker-machine ${maker.pid} does not end; end it, then run this again.`);
}
