/** Where the pages are that messages name: the package has none of them. */
const pages = "https://github.com/consul-machines/consul-machines/blob/main/docs/";

/** `npm run status -- --json`, and `npm start`. */
const calls = /\bnpm (?:run (?:--silent )?)?(NAMES)\b(?: --(?= ))?/;

/**
 * A message as the package says it: its commands are not scripts of the program's own package.json.
 *
 * @param names of the commands.
 */
export function inWordsOf(text: string, names: readonly string[]): string {
    const pattern = new RegExp(calls.source.replace("NAMES", names.join("|")), "g");
    return text
        .replaceAll(pattern, "consul-machines $1")
        .replaceAll(/(?<![\w/])docs\/(?=[\w-]+\.md)/g, pages);
}
