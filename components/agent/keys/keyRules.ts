import { isObject, type Json, type JsonObject } from "../configObject.ts";
import type { ConfigPath } from "../layeredConfig.ts";
import { ownedKeysOf } from "../ownedKeys.ts";
import { isKnown, newestKnown } from "./consulImage.ts";
import type { ConfigContext, Finding } from "./finding.ts";
import { isFreeMap } from "./freeMaps.ts";
import { nearest } from "./nearest.ts";
import { nestedKeys } from "./nestedKeys.ts";
import { enterpriseKeys, insteadOfEnterprise, internalKeys, removedKeys } from "./otherKeys.ts";
import { plainKeys } from "./plainKeys.ts";

/** What is said of the keys of a configuration. */
export interface KeyFindings {
    readonly problems: readonly Finding[];
    readonly warnings: readonly Finding[];
}

const none: KeyFindings = { problems: [], warnings: [] };

/** What is wrong with the keys themselves, and what is not certain. */
export function keyFindings(config: JsonObject, context: ConfigContext): KeyFindings {
    const all = Object.keys(config).map((key) => topLevel(key, config[key], context));
    return joined(all);
}

function topLevel(key: string, value: Json | undefined, context: ConfigContext): KeyFindings {
    const place = [key];
    const owned = ownedKeysOf(context.security);
    if (Object.hasOwn(owned, key)) {
        const rule = `cannot be set here; ${owned[key] ?? ""}`;
        return { problems: [{ place, rule }], warnings: [] };
    }
    const said = known(place, context);
    if (said !== undefined) {
        return said;
    }
    const plain = plainKeys[key];
    if (plain === undefined) {
        return unknown(place, topLevelNames, context);
    }
    const other = plain.only !== undefined && plain.only !== context.role;
    return isFatal(key) && other
        ? { problems: [{ place, rule: ofOtherRole(plain.only) }], warnings: [] }
        : inside(place, value, context);
}

/** Keys with which an agent of the other role does not start; the rest does nothing there. */
function isFatal(key: string): boolean {
    return ["advertise_reconnect_timeout", "primary_gateways"].includes(key);
}

function ofOtherRole(only: string): string {
    const role = only === "server" ? "servers" : "client agents";
    return `only ${role} start with it; state it under "${only}Config"`;
}

/** What is said of keys of another edition or another time; undefined for all others. */
function known(place: readonly string[], { image }: ConfigContext): KeyFindings | undefined {
    const name = place.join(".");
    if (Object.hasOwn(removedKeys, name)) {
        const rule = `Consul has no such key any more; ${removedKeys[name] ?? ""}`;
        return { problems: [{ place, rule }], warnings: [] };
    }
    if (internalKeys.includes(name)) {
        const rule = "Consul sets it itself, whatever a file says; leave it out";
        return { problems: [{ place, rule }], warnings: [] };
    }
    if (!enterpriseKeys.includes(name)) {
        return undefined;
    }
    if (image.edition === "enterprise") {
        return none;
    }
    const instead = insteadOfEnterprise[name];
    const rule =
        "only Consul Enterprise has this, the open edition does nothing about it; " +
        (instead ?? "leave it out, or name an Enterprise image");
    const finding = { place, rule };
    return image.edition === "open"
        ? { problems: [finding], warnings: [] }
        : { problems: [], warnings: [finding] };
}

/** What is wrong with the keys of a map, or of the maps of a list. */
function inside(place: ConfigPath, value: Json | undefined, context: ConfigContext): KeyFindings {
    if (Array.isArray(value)) {
        const items = value as readonly Json[];
        return joined(items.map((item, index) => inside([...place, index], item, context)));
    }
    if (!isObject(value) || isFreeMap(place)) {
        return none;
    }
    const names = place.filter((part): part is string => typeof part === "string");
    const may = nestedKeys[names.map((name) => name.toLowerCase()).join(".")];
    const each = Object.keys(value).map((key): KeyFindings => {
        const at = [...place, key];
        const name = key.toLowerCase();
        const said = known([...names, name], context);
        if (said !== undefined) {
            return said;
        }
        return may === undefined || may.includes(name)
            ? inside(at, value[key], context)
            : unknown(at, may, context);
    });
    return joined(each);
}

const topLevelNames = [...Object.keys(plainKeys), ...Object.keys(ownedKeysOf("full"))];

/** A key that is not in the table: of a newer Consul, or none. */
function unknown(
    place: ConfigPath,
    names: readonly string[],
    { image }: ConfigContext,
): KeyFindings {
    const like = nearest(String(place.at(-1)), names);
    const meant = like === undefined ? "" : `; is "${like}" meant?`;
    if (isKnown(image)) {
        const rule = `Consul has no such key, and an agent does not start with it${meant}`;
        return { problems: [{ place, rule }], warnings: [] };
    }
    const rule = `Consul ${newestKnown} has no such key, and an agent does not start with one that it does not know${meant}`;
    return { problems: [], warnings: [{ place, rule }] };
}

function joined(all: readonly KeyFindings[]): KeyFindings {
    return {
        problems: all.flatMap(({ problems }) => problems),
        warnings: all.flatMap(({ warnings }) => warnings),
    };
}
