import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { expect, test } from "vitest";
import { ownedKeys } from "../../../components/agent/agentConfig.ts";
import { ownedVariables } from "../../../components/agent/agentEnvironment.ts";

const root = join(import.meta.dirname, "../../..");
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((file) => `docs/${file}`)]
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(root, file));

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

test("every page of docs is named in the README", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const docs = pages.slice(1).map((page) => relative(root, page));
    expect(docs.filter((page) => !readme.includes(`(${page}`))).toEqual([]);
});

test("the README's table of outputs is what the program exports", () => {
    const program = readFileSync(join(root, "index.ts"), "utf8");
    const exported = /export const \{([^}]*)\} = cluster/.exec(program)?.[1] ?? "";
    const names = [...exported.matchAll(/^ +(\w+),$/gm)].map(([, name]) => name);
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const section = readme.slice(readme.indexOf("## Outputs"), readme.indexOf("## Your own"));
    const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(listed).toEqual(names);
});

test("docs/agents.md names every key and variable that cannot be set", () => {
    const page = readFileSync(join(root, "docs/agents.md"), "utf8");
    const names = [...Object.keys(ownedKeys), ...Object.keys(ownedVariables)];
    expect(names.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});
