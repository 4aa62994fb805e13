import { isObject, type Json } from "../../components/agent/agentConfig.ts";
import type { Configuration } from "./configuration.ts";
import { mergeSettings, withImportedServices, type MergedSettings } from "./mergeSettings.ts";
import { place } from "./place.ts";
import { idOf, type Placement, type PlacedKey, type Target } from "./placed.ts";

/** Checks a stack's settings as its program does. */
export type SettingsCheck = (
    texts: Readonly<Record<string, string>>,
    secretKeys: ReadonlySet<string>,
) => Promise<CheckedSettings>;

/** What a check of settings says, a line each: `PATH: what is wrong`. */
export interface CheckedSettings {
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/** What becomes of the files' keys, and of the stack's settings. */
export interface CheckedPlacement extends MergedSettings, CheckedSettings {
    readonly placement: Placement;
}

/** A round for each key that is refused would be many: each round takes all that the one before named. */
const mostRounds = 20;

/**
 * Finds places for the keys of files, and checks the settings with them in. What the settings refuse is left out with
 * their reason, until they are sound, or what is wrong is not of these files.
 *
 * @param before the stack's settings as they are.
 */
export async function checkedPlacement(
    configuration: Configuration,
    target: Omit<Target, "refused">,
    before: Readonly<Record<string, Json>>,
    check: SettingsCheck,
): Promise<CheckedPlacement> {
    const checkOf = (settings: Readonly<Record<string, Json>>, placement: Placement) =>
        check(...asPulumiHasThem(withSecrets(settings, placement)));
    const refused = new Map<string, string>();
    for (let round = 1; ; round += 1) {
        const placement = place(configuration, { ...target, refused });
        const merged = mergeSettings(before, placement.settings);
        const trial = withImportedServices(merged, placement.settings);
        const { problems } = await checkOf(trial, placement);
        const found = problems.flatMap((line) => refusals(line, placement));
        const isNew = found.some(([id]) => !refused.has(id));
        if (!isNew || round === mostRounds) {
            const checked = await checkOf(merged.settings, placement);
            return { placement, ...merged, ...checked };
        }
        for (const [id, reason] of found) {
            refused.set(id, reason);
        }
    }
}

/** The keys of the files that a problem is about, and the reason that it gives. */
function refusals(line: string, { placed, secrets }: Placement): (readonly [string, string])[] {
    const [, path = "", said = ""] = /^([^\s:]+): ([\s\S]*)$/.exec(line) ?? [];
    const all = [...placed, ...secrets];
    // The narrowest that has the place in it; else all that are in that place.
    const around = all
        .filter(({ setting }) => isWithin(path, setting))
        .sort((one, other) => other.setting.length - one.setting.length);
    const narrowest = around[0];
    const meant: readonly PlacedKey[] =
        narrowest === undefined
            ? all.filter(({ setting }) => isWithin(setting, path))
            : [narrowest];
    return meant.map((key) => [idOf(key), said.replace(/^cannot be set here; /, "")] as const);
}

function isWithin(path: string, outer: string): boolean {
    return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** The settings with the secrets where they will be. */
function withSecrets(
    settings: Readonly<Record<string, Json>>,
    { secrets }: Placement,
): Readonly<Record<string, Json>> {
    return secrets.reduce<Readonly<Record<string, Json>>>((all, { setting, value }) => {
        const parts = setting.split(/[.[\]]+/).filter((part) => part !== "");
        return withText(all, parts, value) as Readonly<Record<string, Json>>;
    }, settings);
}

function withText(
    before: Json | undefined,
    [part, ...rest]: readonly string[],
    text: string,
): Json {
    if (part === undefined) {
        return { secure: text };
    }
    if (Array.isArray(before)) {
        const all: readonly Json[] = before;
        return all.map((one, index) => (index === Number(part) ? withText(one, rest, text) : one));
    }
    const map = before !== undefined && isObject(before) ? before : {};
    return { ...map, [part]: withText(map[part], rest, text) };
}

/** Settings as a program gets them: texts, JSON for all but strings; and which have a secret in them. */
function asPulumiHasThem(
    settings: Readonly<Record<string, Json>>,
): readonly [Readonly<Record<string, string>>, ReadonlySet<string>] {
    const secretKeys = new Set<string>();
    const texts = Object.entries(settings).map(([key, value]): [string, string] => {
        const clear = inClear(value, () => secretKeys.add(key));
        return [key, typeof clear === "string" ? clear : JSON.stringify(clear)];
    });
    return [Object.fromEntries(texts), secretKeys];
}

/** A value as it is once it is decrypted, whose text is not known here. */
function inClear(value: Json, found: () => void): Json {
    if (Array.isArray(value)) {
        return (value as readonly Json[]).map((one) => inClear(one, found));
    }
    if (!isObject(value)) {
        return value;
    }
    if (typeof value.secure === "string" && Object.keys(value).length === 1) {
        found();
        return value.secure;
    }
    const entries = Object.entries(value).map(([key, one]) => [key, inClear(one, found)] as const);
    return Object.fromEntries(entries);
}
