import { isDeepStrictEqual } from "node:util";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import {
    engineOf,
    engineOptions,
    type EngineSettings,
} from "../../components/machine/engineSettings.ts";
import { declaredAddress } from "../../components/machine/machineArgs.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import type { EngineOptions } from "../../scripts/protocol/engineOptions.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** What the engine of a declared machine is to be told. */
export function declaredEngine(
    { engine }: { readonly engine: EngineSettings },
    { machine, engine: own }: Pick<DeclaredMachine, "machine" | "engine">,
): EngineOptions | undefined {
    const address = isLab(machine) ? machine.address : declaredAddress(machine);
    return engineOptions(engineOf(engine, own), address);
}

/** What becomes of engines in this run. */
export interface EngineChanges {
    /** Of the machines that are there: which engines restart, and what they were made with and keep; a line for each. */
    readonly warnings: readonly string[];
    /** The declared machines whose engines do not restart: those that run with their settings, or are made with them. */
    readonly settled: readonly string[];
}

/** What becomes of the engines of declared machines. */
export async function engineChanges(
    settings: { readonly engine: EngineSettings },
    declared: readonly DeclaredMachine[],
    machines: StackMachines,
): Promise<EngineChanges> {
    const found = declared.map(async (one) => {
        const { name } = one;
        const record = await machines.machine(name).record();
        if (record?.state !== "made" || generationOf(record) !== generationOf(one)) {
            return { warnings: [], settled: [name] };
        }
        const now = declaredEngine(settings, one);
        const told = toldAnew(record.engine, now);
        return {
            warnings: [...restartLine(name, told), ...makingLine(name, record.engine, now)],
            settled: told.length === 0 ? [name] : [],
        };
    });
    const all = await Promise.all(found);
    return {
        warnings: all.flatMap(({ warnings }) => warnings),
        settled: all.flatMap(({ settled }) => settled),
    };
}

/** What is told, in words. */
const parts: readonly (readonly [keyof EngineOptions, string])[] = [
    ["mirrors", "mirrors"],
    ["insecureRegistries", "registries without TLS"],
    ["env", "proxy"],
    ["labels", "labels"],
    ["flags", "options"],
];

/** What an engine is told in another way than before, in words. */
function toldAnew(before: EngineOptions | undefined, now: EngineOptions | undefined): string[] {
    const differs = (name: keyof EngineOptions) =>
        !isDeepStrictEqual(before?.[name] ?? [], now?.[name] ?? []);
    const others = parts.filter(([name]) => name !== "labels" && differs(name));
    // Ours among the labels tells of every change.
    const told = others.length > 0 ? others : parts.filter(([name]) => differs(name));
    return told.map(([, what]) => what);
}

function restartLine(node: string, told: readonly string[]): string[] {
    return told.length === 0
        ? []
        : [
              `${node}: its engine gets other settings (${told.join(", ")}): Docker restarts on its machine, and with it what ` +
                  "runs there; one machine after another, a server only while the others are a quorum.",
          ];
}

function makingLine(
    node: string,
    before: EngineOptions | undefined,
    { making }: Pick<EngineOptions, "making"> = {},
): string[] {
    if (making === undefined || isDeepStrictEqual(before?.making, making)) {
        return [];
    }
    const keys = makingKeys(making);
    return [
        `${node}: its machine keeps what it was made with: of engine, ${keys.join(", ")} ` +
            `${keys.length === 1 ? "is" : "are"} for machines that are made from now on.`,
    ];
}

function makingKeys({
    storageDriver,
    installUrl,
    flags = [],
}: NonNullable<EngineOptions["making"]>): string[] {
    return [
        ...(storageDriver === undefined ? [] : ["storageDriver"]),
        ...(installUrl === undefined ? [] : ["installUrl"]),
        ...flags.map((flag) => `options["${flag.split("=", 1)[0] ?? ""}"]`),
    ];
}
