import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { table } from "../../../cli/show/table.ts";
import { nodesHeader } from "../../../cli/stack/stackNodes.ts";
import { ownedKeysOf, ownedVariablesOf } from "../../../components/agent/ownedKeys.ts";

const root = join(import.meta.dirname, "../../..");

/** The Markdown files of a folder of the project, by their paths in it. */
function pagesIn(folder: string): string[] {
    return readdirSync(join(root, folder))
        .filter((file) => file.endsWith(".md"))
        .map((file) => join(folder, file));
}

const docs = pagesIn("docs");
const examples = readdirSync(join(root, "examples")).flatMap((name) => pagesIn(`examples/${name}`));
const pages = [...pagesIn("."), ...docs, ...examples].map((file) => join(root, file));

const textOf = (page: string) => readFileSync(join(root, page), "utf8");

/** The name by which a link reaches a heading. */
function anchorOf(heading: string): string {
    return heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-");
}

function anchorsOf(page: string): string[] {
    const headings = readFileSync(page, "utf8").match(/^#+ .*$/gm) ?? [];
    return headings.map((line) => anchorOf(line.replace(/^#+ /, "")));
}

/** What is wrong with a page's links into this project. */
function brokenLinks(page: string): string[] {
    const links = [...readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/g)].map(
        ([, link]) => link ?? "",
    );
    return links
        .filter((link) => !link.startsWith("http"))
        .filter((link) => {
            const [path = "", anchor] = link.split("#");
            const target = path === "" ? page : join(dirname(page), path);
            return (
                !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor))
            );
        })
        .map((link) => `${relative(root, page)}: ${link}`);
}

test("every link of a page into this project leads to a file, and to a heading in it", () => {
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flatMap(brokenLinks)).toEqual([]);
});

/** The pages that each part of the index has to name, in their order. */
const groups: Readonly<Record<string, readonly string[]>> = {
    Use: "settings machines generic hosts import adopt virtualbox amazonec2 one-machine stacks image engines containers agents from-consul-files ports files secrets services library verbs".split(
        " ",
    ),
    Operate:
        "commands upgrade grow shrink replace restore recover interrupted security team doctor".split(
            " ",
        ),
    Understand: "providers architecture glossary faults bench".split(" "),
    Develop: ["../CONTRIBUTING", "../CHANGELOG", "../SECURITY"],
};

test("docs/README.md names every page, each in its group", () => {
    const sections = textOf("docs/README.md").split(/^## /m).slice(1);
    const found = sections.map((section) => [
        section.split("\n")[0],
        [...section.matchAll(/^\| \[[^\]]+\]\((\S+)\.md\)/gm)].map(([, page]) => page),
    ]);
    expect(Object.fromEntries(found)).toEqual(groups);
    const listed = Object.values(groups)
        .flat()
        .map((page) => join("docs", `${page}.md`));
    expect(docs.filter((page) => page !== "docs/README.md" && !listed.includes(page))).toEqual([]);
});

test("README.md leads to the index", () => {
    expect(textOf("README.md")).toContain("(docs/README.md)");
});

test("README.md shows the table that npm start prints", () => {
    const [, shown = ""] = /```text\n([\s\S]*?)\n\n/.exec(textOf("README.md")) ?? [];
    const rows = shown
        .split("\n")
        .slice(2)
        .map((line) => line.split(/ {2,}/));
    expect(rows).toHaveLength(3);
    expect(shown).toBe(table(nodesHeader, rows));
});

test("the table of outputs in docs/settings.md is what the program exports", () => {
    const program = textOf("index.ts");
    const exported = /^export default definedOutputs\(\{([^}]*)\}/m.exec(program)?.[1] ?? "";
    const names = [...exported.matchAll(/^ +(\w+)[,:]/gm)].map(([, name]) => name);
    const page = textOf("docs/settings.md");
    const section = page.slice(page.indexOf("## Outputs"), page.indexOf("## Environment"));
    const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(listed).toEqual(names);
});

test("every path of the map in CONTRIBUTING.md is there", () => {
    const [, map = ""] = /^## The map$([\s\S]*?)^## /m.exec(textOf("CONTRIBUTING.md")) ?? [];
    const paths = [...map.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("docs/architecture.md has a row for each verb, and for nothing else", () => {
    const verbs = [...textOf("scripts/run.ts").matchAll(/^ {4}"(\w+ \w+)":/gm)].map(
        ([, verb]) => verb,
    );
    const rows = [...textOf("docs/architecture.md").matchAll(/^\| `(\w+ \w+)`/gm)].map(
        ([, verb]) => verb,
    );
    expect(verbs.length).toBeGreaterThan(20);
    expect(rows.sort()).toEqual(verbs.sort());
});

test("docs/agents.md names every key and variable that cannot be set", () => {
    const page = textOf("docs/agents.md");
    const names = [...Object.keys(ownedKeysOf("full")), ...Object.keys(ownedVariablesOf("full"))];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
