import * as pulumi from "@pulumi/pulumi";
import {
    isKeptFiles,
    keptAuthority,
    keptIn,
    keptMachine,
    keptNames,
} from "../scripts/machine/keptFiles.ts";
import { layStore } from "../scripts/machine/layStore.ts";
import { settleMoved } from "../scripts/machine/movedStore.ts";
import { forgetRemovedElsewhere } from "../scripts/machine/removedElsewhere.ts";
import type { Store } from "../scripts/machine/store.ts";
import type { KeptFiles, KeptStore } from "../scripts/protocol/keptStore.ts";
import { clusterName } from "../scripts/protocol/names.ts";
import { entries } from "../scripts/system/files.ts";
import { property } from "../scripts/system/json.ts";
import type { StackMachines } from "./preflight/stackMachines.ts";
import type { StackOutputs } from "./stackOutputs.ts";

/** What was found of a stack's machine store in this folder. */
export interface BroughtStore {
    /** What was laid down here, for the operator. */
    readonly notices: readonly string[];
    /** That the stack's store is elsewhere, and how to bring it. */
    readonly problems: readonly string[];
    /** docker-machine's names of the stack's machines that nothing is known of here. */
    readonly elsewhere: ReadonlySet<string>;
}

/** Where a stack's machine store is looked for. */
export interface StoreSources extends Pick<StackMachines, "store" | "owner"> {
    /** The stack's outputs of its last run that succeeded. */
    readonly recorded: StackOutputs;
    /** docker-machine's names of the machines that are declared. */
    readonly declared: readonly string[];
    /** The outputs of the stack's resources, which also have what a run made that failed. Asked where a declared machine
     * is found nowhere else. */
    readonly ofResources: () => Promise<readonly StackOutputs[]>;
    /** Whether the state is to keep it. */
    readonly inState: boolean;
}

/**
 * Lays down what the stack's state keeps of its machine store and this folder lacks, and tells where the store is
 * missing and the state has none.
 */
export async function bringStore({
    store,
    owner,
    recorded,
    declared,
    ofResources,
    inState,
}: StoreSources): Promise<BroughtStore> {
    const kept = keptFilesIn(recorded);
    const known = new Set([...keptNames(kept), ...(await store.machineNames())]);
    const isWhole = declared.every((name) => known.has(name));
    const laid = await layStore(
        store,
        isWhole ? kept : { ...kept, ...answered(await ofResources()) },
    );
    await settleMoved(store, owner);
    const gone = Object.keys(kept).length === 0 ? [] : await forgetGone(store, owner, kept);
    const isHere = (await entries(store.layout.certs)).length > 0;
    const here = new Set(await store.machineNames());
    const elsewhere = isHere ? [] : machinesIn(recorded).filter((name) => !here.has(name));
    return {
        notices: [
            ...(laid.length === 0
                ? []
                : [`${store.path}: laid down from the stack's state: ${laid.join(", ")}.`]),
            ...gone.map((name) => `${store.path}: ${name} was removed on another computer.`),
        ],
        problems: elsewhere.length === 0 ? [] : [elsewhereProblem(store.path, elsewhere, inState)],
        elsewhere: new Set(elsewhere),
    };
}

/** What the answers of a stack's Commands keep: those of the store and of its machines. */
function answered(resources: readonly StackOutputs[]): KeptFiles {
    const answers = resources.map(({ stdout }) =>
        typeof stdout === "string" ? Object.entries(keptIn(stdout)) : [],
    );
    return Object.fromEntries(answers.flat());
}

function forgetGone(store: Store, owner: string, kept: KeptFiles): Promise<string[]> {
    return forgetRemovedElsewhere(store, owner, keptNames(kept).toSorted());
}

/**
 * What the stack's state is to keep of its machine store, gathered once all is ready: as it is in this folder, and of a
 * machine that is not, as it was kept before. Secret.
 *
 * @param ready known once everything that writes to the store has ended.
 */
export function keptStore(
    machines: Pick<StackMachines, "store" | "owner">,
    declared: readonly string[],
    recorded: StackOutputs,
    ready: pulumi.Output<unknown>,
): pulumi.Output<KeptStore> {
    const gathered = ready.apply(() => gather(machines, declared, keptFilesIn(recorded)));
    return pulumi.secret(gathered);
}

async function gather(
    { store, owner }: Pick<StackMachines, "store" | "owner">,
    declared: readonly string[],
    before: KeptFiles,
): Promise<KeptStore> {
    const authority = await keptAuthority(store, [`${owner}/${clusterName}-store`]);
    const ofMachines = [...new Set(declared)].map(async (name) => {
        const kept = await keptMachine(store.machine(name));
        return keptNames(kept).length > 0 ? kept : filesOf(before, name);
    });
    const all = [authority, ...(await Promise.all(ofMachines))];
    const files = all.flatMap((some) => Object.entries(some));
    return { format: 1, files: Object.fromEntries(files.toSorted(byPath)) };
}

function byPath([one]: readonly [string, string], [other]: readonly [string, string]): number {
    return one < other ? -1 : 1;
}

function filesOf(kept: KeptFiles, machine: string): KeptFiles {
    const own = (path: string) =>
        path.startsWith(`machines/${machine}/`) || path === `records/${machine}.json`;
    return Object.fromEntries(Object.entries(kept).filter(([path]) => own(path)));
}

/** What a stack's outputs keep of its machine store; nothing where they have none that this version knows. */
export function keptFilesIn(recorded: StackOutputs): KeptFiles {
    const { machineStore: kept } = recorded;
    const files = property(kept, "files");
    return property(kept, "format") === 1 && isKeptFiles(files) ? files : {};
}

/** docker-machine's names of the machines that a stack's outputs tell of. */
function machinesIn({ nodes }: StackOutputs): string[] {
    const all = typeof nodes === "object" && nodes !== null ? Object.values(nodes) : [];
    const names = all.map((node) => property(node, "machine"));
    return [...new Set(names.filter((name) => typeof name === "string"))];
}

function elsewhereProblem(path: string, machines: readonly string[], inState: boolean): string {
    const why = inState
        ? "The state does not keep it yet: the stack was brought up last by a version that left it on one computer. " +
          "`pulumi up` with this one, in the folder where the store is, puts it into the state without changing " +
          "anything else; or copy the folder from there"
        : "The setting storeInState keeps it out of the state: copy the folder from where the stack was brought up " +
          "last";
    return (
        `machineStore: got "${path}"; docker-machine's store with the certificates of this stack's machines ` +
        `(${machines.join(", ")}) is not in this folder. Nothing is wrong with what runs there: leave it running. ` +
        `${why} (docs/team.md).`
    );
}
