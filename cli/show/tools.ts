/** A tool, and whether it was found. */
export interface ToolFact {
    readonly name: string;
    /** What was found, or why nothing was. */
    readonly note: string;
    /** What to do about it; absent where there is nothing to do. */
    readonly advice?: string | undefined;
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
