import type { AgentTrial } from "../protocol/agentTrial.ts";
import { parseJson, property } from "../system/json.ts";

/** What a message of a fault is made of. */
type Tried = Pick<AgentTrial, "nodeName" | "config" | "sources" | "hasSecrets">;

/** A value in a configuration, and where it is: keys from the outermost on. */
interface Leaf {
    readonly place: readonly string[];
    readonly value: unknown;
}

/** What an agent prints before its log that is no reason to end. */
const banner = /^==> (Starting Consul agent|Log data will now stream|Consul agent running)/;

/** How many of the last lines are a reason where none of them says that it is one. */
const lastLines = 3;

/**
 * The reasons for which Consul does not take a configuration, or an agent ends, by what it printed last: `consul
 * validate` has a sentence, in which a list may be; an agent has a line of its own before its log, or one in it.
 */
export function reasonsIn(lines: readonly string[]): string[] {
    const listed = lines.flatMap((line) => /^\s*\* (.+)$/.exec(line)?.[1] ?? []);
    if (listed.length > 0) {
        return listed;
    }
    const refused = lines.flatMap(
        (line) => /^Config validation failed: (.+)$/.exec(line)?.[1] ?? [],
    );
    const ended = lines.flatMap((line) => {
        const json = property(parseJson(line), "error");
        const plain = /Error starting agent: error="?(.+?)"?$/.exec(line)?.[1];
        return typeof json === "string" ? json : (plain ?? []);
    });
    const said = lines.filter((line) => line.startsWith("==> ") && !banner.test(line));
    const found = [refused, ended, said.map((line) => line.slice("==> ".length))].find(
        (some) => some.length > 0,
    );
    return found ?? [lines.slice(-lastLines).join(" / ")];
}

/**
 * A reason as a line for the operator: the key as it is in the settings, its value, the reason, and the way out.
 *
 * @param reason what Consul says.
 */
export function describeFault(tried: Tried, reason: string): string {
    const { nodeName, config, sources, hasSecrets = false } = tried;
    const leaves = leavesOf(config);
    const text = shownOf(tried, reason);
    const [leaf, ...others] = leavesMeant(reason, leaves);
    if (leaf === undefined) {
        return `${nodeName}: its agent would not start with this configuration: ${text}. ${wayOf(undefined, reason)}`;
    }
    const named = [leaf, ...others].map(({ place }) => sourceOf(sources, place)).join(", ");
    const shown = hasSecrets || others.length > 0 ? "" : ` got ${JSON.stringify(leaf.value)};`;
    return `${nodeName}: ${named}:${shown} its agent would not start: ${text}. ${wayOf(leaf, reason)}`;
}

/** What Consul says, as it may be shown. */
export function shownOf({ config, hasSecrets = false }: Tried, said: string): string {
    return hasSecrets ? masked(said, leavesOf(config)) : said;
}

/** Every value of a configuration that is no map. */
function leavesOf(config: unknown, place: readonly string[] = []): Leaf[] {
    if (typeof config === "object" && config !== null && !Array.isArray(config)) {
        return Object.entries(config).flatMap(([key, value]) => leavesOf(value, [...place, key]));
    }
    return [{ place, value: config }];
}

/** The keys that a reason is about: the one that it names, those whose value it repeats, or those that it is known for. */
function leavesMeant(reason: string, leaves: readonly Leaf[]): Leaf[] {
    const unknown = unknownKey(reason);
    if (unknown !== undefined) {
        const place = unknown.replaceAll(/\[\d*\]/g, "").split(".");
        const isBelow = (leaf: Leaf) =>
            place.every((key, index) => sameKey(leaf.place[index], key));
        const below = leaves.filter(isBelow);
        const [only] = below;
        return [below.length === 1 && only !== undefined ? only : { place, value: undefined }];
    }
    const repeated = leaves.filter(
        ({ value }) => typeof value === "string" && value.length > 1 && reason.includes(value),
    );
    if (repeated.length > 0) {
        return repeated;
    }
    const spelled = leaves.filter(({ place }) => {
        const [path, key = ""] = [place.join("."), place.at(-1)];
        return hasWord(reason, path) || (key.includes("_") && hasWord(reason, key));
    });
    const known = signs.find(({ sign }) => sign.test(reason))?.keys ?? [];
    return spelled.length > 0
        ? spelled
        : leaves.filter(({ place }) => known.includes(place.at(-1) ?? ""));
}

/** What Consul says of keys without naming them. */
const signs: readonly { readonly sign: RegExp; readonly keys: readonly string[] }[] = [
    { sign: /cert\/key pair/i, keys: ["cert_file", "key_file"] },
    { sign: /no CA certificates were provided/i, keys: ["verify_incoming", "verify_outgoing"] },
    { sign: /pid file/i, keys: ["pid_file"] },
    { sign: /syslog/i, keys: ["enable_syslog", "syslog_facility"] },
    { sign: /setup logging|prune log/i, keys: ["log_file"] },
];

function unknownKey(reason: string): string | undefined {
    return /invalid config key "?([^\s"]+)"?/.exec(reason)?.[1];
}

function sameKey(one: string | undefined, other: string): boolean {
    return one?.toLowerCase() === other.toLowerCase();
}

function hasWord(text: string, word: string): boolean {
    const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return new RegExp(`(^|[^\\w.])${escaped}($|[^\\w])`).test(text);
}

/** A key by the name of the last part of the settings that has it. */
function sourceOf(sources: Tried["sources"], place: readonly string[]): string {
    const at = (config: object) =>
        place.reduce<unknown>((value, key) => {
            const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
            const own = keys.find((one) => sameKey(one, key));
            return own === undefined ? undefined : property(value, own);
        }, config);
    const source = sources.findLast(({ config }) => at(config) !== undefined);
    return [source?.path ?? "agentConfig", ...place].join(".");
}

/** Every text of a configuration that is no path in its container is left out. */
function masked(reason: string, leaves: readonly Leaf[]): string {
    return leaves
        .flatMap(({ value }) => (typeof value === "string" && !value.startsWith("/") ? value : []))
        .filter((value) => value.length > 2)
        .reduce((text, value) => text.replaceAll(value, "[secret]"), reason);
}

const pathsInside = "Paths are those inside of the agent's container, where";

/** What is to be done about it. */
function wayOf(leaf: Leaf | undefined, reason: string): string {
    const key = leaf?.place.at(-1) ?? "";
    if (unknownKey(reason) !== undefined) {
        return (
            "The image's Consul has no such key: leave it out, or spell it as " +
            "https://developer.hashicorp.com/consul/docs/reference/agent/configuration-file has it."
        );
    }
    const way = ways[key];
    if (way !== undefined) {
        return way;
    }
    return /no such file|permission denied|read-only|not a directory|is a directory/i.test(reason)
        ? `${pathsInside} this one is not, or not for the agent's user: docs/agents.md.`
        : "docs/agents.md has what this configuration may hold.";
}

const fileWay =
    `${pathsInside} this one is not as it has to be: bring the file with the setting "files", or leave the key out. ` +
    "docs/agents.md.";

/** What is to be done about keys that are about the machine of an agent without a container. */
const ways: Readonly<Record<string, string>> = {
    log_file:
        `${pathsInside} this one is not, or not for the agent's user. Leave it out: its engine keeps the log ` +
        "(`consul-machines logs`); or name a file in /consul/data, the node's volume.",
    pid_file:
        `${pathsInside} this one is not, or not for the agent's user. Leave it out: in a container it tells nothing; or ` +
        "name a file in /consul/data, the node's volume.",
    enable_syslog:
        "There is no syslog in the agent's container. Leave it out: its engine keeps the log, and its log driver may be " +
        "syslog.",
    ca_file: fileWay,
    ca_path: fileWay,
    cert_file: fileWay,
    key_file: fileWay,
    license_path: fileWay,
};
