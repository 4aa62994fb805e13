/** A table in Markdown. */
export function markdownTable(
    header: readonly string[],
    rows: readonly (readonly string[])[],
): string {
    const all = [header, header.map(() => "---"), ...rows];
    return all.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    const upper = sorted[middle] ?? Number.NaN;
    return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Seconds, as a table shows them. */
export function seconds(value: number): string {
    return value.toFixed(1);
}

/** The result of a measurement. */
export interface Finding {
    /** Its tables, and their verdict, in Markdown. */
    readonly text: string;
    /** Whether every bound was kept. */
    readonly isKept: boolean;
}

/**
 * Compares a value with its bound.
 *
 * @param what the value is. @default a ratio
 * @param unit of both, with the space before it. @default none
 */
export function verdict(value: number, bound: number, what = "Ratio", unit = ""): Finding {
    const isKept = value <= bound;
    return {
        text: `${what}: ${value.toFixed(2)}${unit}, bound ${bound}${unit}: ${isKept ? "kept." : "BROKEN."}`,
        isKept,
    };
}
