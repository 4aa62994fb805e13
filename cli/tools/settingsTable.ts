import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "yaml";
import { withPart } from "./markedPart.ts";
import { projectRoot } from "./paths.ts";

/** What Pulumi.yaml says of one setting. */
interface DeclaredSetting {
    readonly type?: string;
    readonly items?: { readonly type: string };
    readonly default?: unknown;
    readonly description?: string;
}

/** The formatter would pad every row to the longest. */
const unformatted = "<!-- prettier-ignore -->";

/** The table of every setting in a Pulumi.yaml, as Markdown. */
export function settingsTable(pulumiYaml: string): string {
    const { config } = parse(pulumiYaml) as {
        readonly config: Readonly<Record<string, DeclaredSetting>>;
    };
    const rows = Object.entries(config).map(([key, setting]) => [
        `\`${key}\``,
        typeOf(setting),
        `\`${JSON.stringify(setting.default)}\``,
        (setting.description ?? "").trim(),
    ]);
    return [["Setting", "Type", "Default", "Meaning"], ["---", "---", "---", "---"], ...rows]
        .map((cells) => `| ${cells.map(cellOf).join(" | ")} |`)
        .join("\n");
}

/** A setting without a type is a count or a list: no type of Pulumi's fits. */
function typeOf({ type, items }: DeclaredSetting): string {
    if (type === undefined) {
        return "count or list";
    }
    return items === undefined ? type : `${type} of ${items.type}s`;
}

function cellOf(text: string): string {
    return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
}

/**
 * Puts a table between the marks of a page.
 *
 * @throws Error when the page has not both marks, in their order.
 */
export function withTable(page: string, table: string): string {
    return withPart(page, "settings", `${unformatted}\n${table}`);
}

/** Brings the table in README.md up to date. */
async function updateReadme(): Promise<void> {
    const readme = join(projectRoot, "README.md");
    const table = settingsTable(await readFile(join(projectRoot, "Pulumi.yaml"), "utf8"));
    await writeFile(readme, withTable(await readFile(readme, "utf8"), table));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
    await updateReadme();
}
