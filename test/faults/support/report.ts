import { appendFileSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { projectRoot } from "../../../cli/tools/paths.ts";
import type { Seen } from "../../lab/support/outsideClient.ts";

/** What came of one fault. */
export interface FaultResult {
    readonly fault: string;
    /** `fewestAnswering` where its client counts that. */
    readonly seen: Omit<Seen, "fewestAnswering"> & Partial<Seen>;
    /** Milliseconds from the end of the fault until all servers voted again. */
    readonly healed: number;
    /** Acknowledged writes that are not there any more. */
    readonly lost: readonly string[];
}

/** What was done to a cluster: each kind has a table of its own, for each is run by itself as well. */
export type Kind = "faults" | "rollingChange" | "securing";

const fileOf = (kind: Kind) => join(projectRoot, ".state", "test", `${kind}.md`);

const header =
    "| Fault | Longest gap in accepted writes | Fewest of 3 servers answering | " +
    "Ready again after | Acknowledged writes | Lost |\n| --- | --- | --- | --- | --- | --- |\n";

/** Removes the table of an earlier run. */
export function forgetReport(kind: Kind): void {
    rmSync(fileOf(kind), { force: true });
}

/** Adds a row to the table that docs/faults.md shows. */
export function report(kind: Kind, { fault, seen, healed, lost }: FaultResult): void {
    const file = fileOf(kind);
    const { longestGap, fewestAnswering, acknowledged } = seen;
    const cells = [
        fault,
        seconds(longestGap),
        fewestAnswering === undefined ? "-" : String(fewestAnswering),
        seconds(healed),
        String(acknowledged.length),
        String(lost.length),
    ];
    mkdirSync(dirname(file), { recursive: true });
    appendFileSync(file, existsSync(file) ? "" : header);
    appendFileSync(file, `| ${cells.join(" | ")} |\n`);
}

function seconds(milliseconds: number): string {
    return `${(milliseconds / 1000).toFixed(1)} s`;
}
