/** Lays out rows under a header, each column as wide as its widest cell. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
    const [title = "", ...lines] = columns([header, ...rows]);
    const rule = columns([widthsOf([header, ...rows]).map((width) => "-".repeat(width))]);
    return [title, ...rule, ...lines].join("\n");
}

/** Lays out rows, each column as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
    const widths = widthsOf(rows);
    return rows.map((row) =>
        widths
            .map((width, column) => (row[column] ?? "").padEnd(width))
            .join("  ")
            .trimEnd(),
    );
}

function widthsOf(rows: readonly (readonly string[])[]): number[] {
    const count = Math.max(0, ...rows.map((row) => row.length));
    return Array.from({ length: count }, (_, column) =>
        Math.max(...rows.map((row) => (row[column] ?? "").length)),
    );
}
