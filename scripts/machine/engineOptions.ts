import type { EngineOptions } from "../protocol/engineOptions.ts";
import { hasTypes, property } from "../system/json.ts";

/** The flags of `docker-machine create` by which a machine's engine is told this from the beginning. */
export function createFlags({
    mirrors,
    insecureRegistries,
    env,
    labels,
    flags,
    making = {},
}: EngineOptions): string[] {
    const { storageDriver, installUrl } = making;
    const each = (flag: string, values: readonly (string | undefined)[]) =>
        values.flatMap((value) => (value === undefined ? [] : [`--engine-${flag}=${value}`]));
    return [
        ...each("registry-mirror", mirrors),
        ...each("insecure-registry", insecureRegistries),
        ...each("env", env),
        ...each("label", labels),
        ...each("opt", [...(making.flags ?? []), ...flags]),
        ...each("storage-driver", [storageDriver]),
        ...each("install-url", [installUrl]),
    ];
}

/** The flags with which a daemon would be started for this, as far as the daemon itself tells what is wrong with them. */
export function daemonFlagsOf({
    mirrors,
    insecureRegistries,
    labels,
    flags,
}: EngineOptions): string[] {
    return [
        ...mirrors.map((mirror) => `--registry-mirror=${mirror}`),
        ...insecureRegistries.map((registry) => `--insecure-registry=${registry}`),
        ...labels.map((label) => `--label=${label}`),
        ...flags.map((flag) => `--${flag}`),
    ];
}

/** What an engine is told nothing. */
const nothing: EngineOptions = {
    mirrors: [],
    insecureRegistries: [],
    env: [],
    labels: [],
    flags: [],
};

/**
 * docker-machine's description of a machine, with other options of its engine: what provisioning writes into the engine's
 * unit. What else is there stays, as what a host's Docker was started with before. As text: a description may have numbers
 * that JavaScript's are too small for.
 *
 * @param before what it has of ours. @param now what it is to have.
 * @throws Error where the description has no options of an engine.
 */
export function withEngineOptions(
    config: string,
    before: EngineOptions = nothing,
    now: EngineOptions = nothing,
): string {
    const found = /"EngineOptions"\s*:\s*\{/.exec(config);
    if (found === null) {
        throw new Error("docker-machine's description of it has no engine options");
    }
    const start = found.index + found[0].length;
    const end = objectEnd(config, start);
    const lists: readonly (readonly [string, keyof Omit<EngineOptions, "making">])[] = [
        ["RegistryMirror", "mirrors"],
        ["InsecureRegistry", "insecureRegistries"],
        ["Env", "env"],
        ["Labels", "labels"],
        ["ArbitraryFlags", "flags"],
    ];
    const options = lists.reduce(
        (text, [key, name]) => withList(text, key, before[name], now[name]),
        config.slice(start, end),
    );
    return config.slice(0, start) + options + config.slice(end);
}

/** Where an object ends that begins before this place. */
function objectEnd(text: string, from: number): number {
    let depth = 1;
    let at = from;
    for (; at < text.length && depth > 0; at += 1) {
        const char = text[at];
        if (char === '"') {
            at += (/^"(?:[^"\\]|\\.)*"/.exec(text.slice(at))?.[0].length ?? 1) - 1;
        } else if (char === "{") {
            depth += 1;
        } else if (char === "}") {
            depth -= 1;
        }
    }
    return at - 1;
}

/** A list of texts, or the null that Go writes for none. */
const listText = String.raw`null|\[(?:\s*"(?:[^"\\]|\\.)*"\s*,?)*\s*\]`;

function withList(
    options: string,
    key: string,
    before: readonly string[],
    now: readonly string[],
): string {
    const pattern = new RegExp(`("${key}"\\s*:\\s*)(${listText})`);
    const found = pattern.exec(options);
    if (found === null) {
        return now.length === 0
            ? options
            : `"${key}":${JSON.stringify(now)}${options.trim() === "" ? "" : ","}${options}`;
    }
    const read: unknown = JSON.parse(found[2] ?? "null");
    const has = Array.isArray(read) ? read.map(String) : [];
    const others = has.filter((one) => !before.includes(one) && !now.includes(one));
    const all = [...others, ...now];
    // A list that stays as it is stays as it is written.
    return all.length === has.length && all.every((one, index) => one === has[index])
        ? options
        : options.replace(pattern, (_, name: string) => name + JSON.stringify(all));
}

/** Whether a value is what an engine is told. */
export function isEngineOptions(value: unknown): value is EngineOptions {
    const lists = ["mirrors", "insecureRegistries", "env", "labels", "flags"];
    return (
        hasTypes(value, {}) &&
        lists.every((name) => {
            const list = property(value, name);
            return Array.isArray(list) && list.every((one) => typeof one === "string");
        })
    );
}
