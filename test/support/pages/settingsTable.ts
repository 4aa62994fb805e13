import { parse } from "yaml";
import { z } from "zod";

/** What Pulumi.yaml says of its settings. */
const schema = z.object({
    config: z.record(
        z.string(),
        z.object({
            // A count or a list: no type of Pulumi's fits.
            type: z.string().default("count or list"),
            items: z.object({ type: z.string() }).optional(),
            default: z.unknown().optional(),
            description: z.string().default(""),
        }),
    ),
});

/** The table of every setting in a Pulumi.yaml, as Markdown. */
export function settingsTable(pulumiYaml: string): string {
    const { config } = schema.parse(parse(pulumiYaml));
    const rows = Object.entries(config).map(([key, setting]) => [
        `\`${key}\``,
        setting.items === undefined ? setting.type : `${setting.type} of ${setting.items.type}s`,
        `\`${JSON.stringify(setting.default)}\``,
        setting.description.trim().replaceAll("|", "\\|").replaceAll(/\s+/g, " "),
    ]);
    const cells = [
        ["Setting", "Type", "Default", "Meaning"],
        ["---", "---", "---", "---"],
        ...rows,
    ];
    // The formatter would pad every row to the longest.
    return ["<!-- prettier-ignore -->", ...cells.map((row) => `| ${row.join(" | ")} |`)].join("\n");
}
