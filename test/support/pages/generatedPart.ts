import { readFileSync } from "node:fs";
import { expect } from "vitest";

/**
 * Expects that a page's generated part is up to date; `npm run docs`, or
 * `npx vitest run --project unit --project graph -u`, writes all that are not.
 *
 * @param page path of the page.
 * @param name of its marks, as for {@link withPart}.
 */
export async function expectPart(page: string, name: string, part: string): Promise<void> {
    await expectParts(page, { [name]: part });
}

/** The same of all parts of a page at once: written one after another, each would take back the one before. */
export async function expectParts(
    page: string,
    parts: Readonly<Record<string, string>>,
): Promise<void> {
    const renewed = Object.entries(parts).reduce(
        (text, [name, part]) => withPart(text, name, part),
        readFileSync(page, "utf8"),
    );
    await expect(renewed).toMatchFileSnapshot(page);
}

/**
 * Puts a part of a page between its marks, `<!-- NAME -->` and `<!-- /NAME -->`.
 *
 * @throws Error when the page has not both marks, in their order.
 */
export function withPart(page: string, name: string, part: string): string {
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
    const from = page.indexOf(begin);
    const to = page.indexOf(end);
    if (from === -1 || to < from) {
        throw new Error(`the page lacks the lines ${begin} and ${end}.`);
    }
    return `${page.slice(0, from)}${begin}\n\n${part}\n\n${page.slice(to)}`;
}
