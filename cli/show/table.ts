/** Lays out rows under a header, each column as wide as its widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
    const rule = widthsOf([header, ...rows]).map((width) => "-".repeat(width));
    return columns([header, rule, ...rows]).join("\n");
}

/** Lays out rows, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
    const widths = widthsOf(rows);
    return rows.map((row) => {
        const cells = widths.map((width, column) => (row[column] ?? "").padEnd(width));
        return cells.join("  ").trimEnd();
    });
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
    const count = Math.max(0, ...rows.map((row) => row.length));
    return Array.from({ length: count }, (_, column) =>
        Math.max(...rows.map((row) => (row[column] ?? "").length)),
    );
}
