import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { listedOptions } from "../../../program/preflight/driverOptions.ts";
import { binaryNames, findBinary } from "../../../scripts/machine/dockerMachineCli.ts";
import { knownDrivers } from "../../../program/settings/driverSchema.ts";

const root = join(import.meta.dirname, "../../..");
const drivers = ["virtualbox", "generic", "amazonec2"] as const;

const pageOf = (driver: string) => readFileSync(join(root, `docs/${driver}.md`), "utf8");

/** What a page has in blocks of one language. */
function blocks(page: string, language: string): string[] {
    const found = page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm"));
    return [...found].map(([, text = ""]) => text);
}

/** The rows of a page's table of options: names, and the flags that they become. */
function optionRows(page: string): { readonly names: string[]; readonly flags: string[] }[] {
    const rows = [...page.matchAll(/^\| (`[^|]*`) +\| (`--[^|]*`) +\|/gm)];
    const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = ""]) => text);
    return rows.map(([, names = "", flags = ""]) => {
        return { names: quoted(names), flags: quoted(flags) };
    });
}

const binary = await findBinary(undefined).catch(() => undefined);
const skipped = binary === undefined ? ` (skipped: none of ${binaryNames.join(", ")} on PATH)` : "";

describe.each(drivers)("docs/%s.md", (driver) => {
    const page = pageOf(driver);
    const rows = optionRows(page);

    it("holds the example stack, word for word", () => {
        const file = readFileSync(join(root, `examples/stacks/Pulumi.${driver}.yaml`), "utf8");
        expect(blocks(page, "yaml")).toEqual([file]);
        expect(blocks(page, "sh").join()).toContain(`cp examples/stacks/Pulumi.${driver}.yaml .`);
    });

    it("has a row for every option that the example or the schema has", () => {
        const [stack = ""] = blocks(page, "yaml");
        const options = stack.slice(stack.indexOf("driverOptions:"));
        const used = [...options.matchAll(/^ {8}([a-zA-Z][\w-]*):/gm)].map(([, name = ""]) => name);
        const known = driver === "amazonec2" ? [] : Object.keys(knownDrivers[driver].shape);
        const listed = rows.flatMap(({ names }) => names);
        expect(used.length).toBeGreaterThan(0);
        expect([...used, ...known].filter((name) => !listed.includes(name))).toEqual([]);
    });

    it.skipIf(binary === undefined)(
        `names only flags that docker-machine lists for the driver${skipped}`,
        async () => {
            const words = ["create", "--driver", driver, "--help"];
            const { stdout } = await promisify(execFile)(binary ?? "", words);
            const listed = new Set(listedOptions(stdout, driver).map((name) => `--${name}`));
            const named = rows.flatMap(({ flags }) => flags);
            expect(named.length).toBeGreaterThan(4);
            expect(named.filter((flag) => !listed.has(flag))).toEqual([]);
        },
    );
});
