/** A table as Markdown; cells may have several lines. */
export function markdownTable(
    heads: readonly string[],
    rows: readonly (readonly string[])[],
): string {
    const cells = [
        heads,
        heads.map(() => "---"),
        ...rows.map((row) =>
            row.map((cell) => cell.trim().replaceAll("|", "\\|").replaceAll(/\s+/g, " ")),
        ),
    ];
    const lines = cells.map((row) => `| ${row.join(" | ")} |`);
    // The formatter would pad every row to the longest.
    return ["<!-- prettier-ignore -->", ...lines].join("\n");
}
