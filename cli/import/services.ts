import { isObject, type Json, type JsonObject } from "../../components/agent/agentConfig.ts";
import type { Configuration } from "./configuration.ts";
import type { Place } from "./consulForms.ts";
import type { Placement, SourceKey } from "./placed.ts";
import { isSecret } from "./secretKeys.ts";

/** A check of the agent's own, and where it is in the files. */
export interface OwnCheck {
    readonly source: SourceKey;
    readonly check: JsonObject;
}

/**
 * Puts the files' services into the node's list, or into that of all nodes of the role: each with its definition as it is,
 * and with the checks that are defined beside it.
 *
 * @returns the checks that are of no service.
 */
export function placeServices(
    { services, checks }: Pick<Configuration, "services" | "checks">,
    placement: Placement,
): OwnCheck[] {
    const own: OwnCheck[] = checks.map(({ file, definition }, index) => {
        return { source: { key: `checks[${index}]`, file }, check: definition };
    });
    const taken = new Set<OwnCheck>();
    let index = 0;
    for (const [number, { file, definition }] of services.entries()) {
        const source = { key: `services[${number}]`, file };
        const id = textOf(definition, "id") ?? textOf(definition, "name");
        const beside = own.filter(({ check }) => {
            return (
                id !== undefined &&
                (textOf(check, "service_id") ?? textOf(check, "serviceid")) === id
            );
        });
        beside.forEach((one) => taken.add(one));
        if (placeService(source, definition, beside, index, placement)) {
            index += 1;
        } else {
            beside.forEach((one) => {
                placement.leave(one.source, `its service, ${source.key}, has no place`);
            });
        }
    }
    return own.filter((one) => !taken.has(one));
}

/** Puts the agents' own checks into their configuration. */
export function placeChecks(checks: readonly OwnCheck[], placement: Placement): void {
    let index = 0;
    for (const { source, check } of checks) {
        const clean = withoutSecrets(check, source, placement);
        const before = placement.placed.length;
        placement.put(source, [...placement.config(), "checks", index], clean);
        index += placement.placed.length - before;
    }
}

function placeService(
    source: SourceKey,
    definition: JsonObject,
    beside: readonly OwnCheck[],
    index: number,
    placement: Placement,
): boolean {
    const { role, node, nodeIndex, declared } = placement.target;
    const list: Place =
        node === undefined ? [`${role}Services`] : [`${role}s`, nodeIndex, "services"];
    if (node === undefined && !declared.has(`${role}Services`)) {
        placement.leave(source, "a service is one node's: name it by --node");
        return false;
    }
    const { checks, rest } = checksOf(source, definition);
    const at = [...list, index, "definition"];
    const before = placement.placed.length;
    placement.put(source, at, withoutSecrets(rest, source, placement));
    if (placement.placed.length === before) {
        return false;
    }
    let number = 0;
    for (const { source: own, check } of [...checks, ...beside]) {
        const plain = Object.fromEntries(
            Object.entries(check).filter(([key]) => !/^service_?id$/i.test(key)),
        );
        const count = placement.placed.length;
        placement.put(own, [...at, "checks", number], withoutSecrets(plain, own, placement));
        number += placement.placed.length - count;
    }
    return true;
}

/** The checks of a definition, each by itself, and the definition without them. */
function checksOf(source: SourceKey, definition: JsonObject) {
    const keys = Object.keys(definition).filter((key) => /^checks?$/i.test(key));
    const checks = keys.flatMap((key) => {
        const value = definition[key];
        const all: readonly Json[] = Array.isArray(value)
            ? value
            : value === undefined
              ? []
              : [value];
        return all.filter(isObject).map((check, index): OwnCheck => {
            const name = Array.isArray(value) ? `${key}[${index}]` : key;
            return { source: { ...source, key: `${source.key}.${name}` }, check };
        });
    });
    const others = Object.entries(definition).filter(([key]) => !keys.includes(key));
    return { checks, rest: Object.fromEntries(others) };
}

/** A definition without the secrets in it, which are listed: a setting has them in no clear text. */
function withoutSecrets(value: JsonObject, source: SourceKey, placement: Placement): JsonObject {
    const clean = cleaned(value, []);
    return clean !== undefined && isObject(clean) ? clean : {};

    function cleaned(inner: Json, at: Place): Json | undefined {
        if (isSecret(at, inner)) {
            const key = at.reduce<string>(
                (text, part) => text + (typeof part === "number" ? `[${part}]` : `.${part}`),
                source.key,
            );
            placement.leave(
                { ...source, key },
                "a secret: after the import set it by `pulumi config set --secret --path`, where its setting takes one",
            );
            return undefined;
        }
        if (Array.isArray(inner)) {
            const all: readonly Json[] = inner;
            const kept = all.flatMap((one, index) => cleaned(one, [...at, index]) ?? []);
            return kept.length === 0 && all.length > 0 ? undefined : kept;
        }
        if (!isObject(inner)) {
            return inner;
        }
        const entries = Object.entries(inner).flatMap(([key, one]) => {
            const kept = cleaned(one, [...at, key]);
            return kept === undefined ? [] : [[key, kept] as const];
        });
        const isEmptied = entries.length === 0 && Object.keys(inner).length > 0;
        return isEmptied ? undefined : Object.fromEntries(entries);
    }
}

/** A text of a definition, whose keys may be written in any case. */
function textOf(definition: JsonObject, name: string): string | undefined {
    const key = Object.keys(definition).find((one) => one.toLowerCase() === name);
    const value = key === undefined ? undefined : definition[key];
    return typeof value === "string" ? value : undefined;
}
