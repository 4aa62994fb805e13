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
        throw new Error(`README.md: lacks the lines ${begin} and ${end}.`);
    }
    return `${page.slice(0, from)}${begin}\n\n${part}\n\n${page.slice(to)}`;
}
