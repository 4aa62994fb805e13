import { isObject, type Json } from "../../components/agent/agentConfig.ts";
import type { Role } from "../../components/agent/ports.ts";
import { pathText } from "../../components/node/problems.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import type { Place } from "./consulForms.ts";

/** Whose configuration it is that is read, and what there is to put it into. */
export interface Target {
    readonly role: Role;
    /** The one node whose it is. @default all nodes of the role */
    readonly node?: string | undefined;
    /** Where that node is in the list of the nodes of its role. */
    readonly nodeIndex: number;
    readonly security: Security;
    /** The settings that the program has. */
    readonly declared: ReadonlySet<string>;
    /** Keys that the settings refuse, and why. */
    readonly refused: ReadonlyMap<string, string>;
}

/** A key that has a place in the settings. */
export interface PlacedKey {
    readonly key: string;
    readonly file: string;
    readonly setting: string;
}

/** A secret that has a place: it is in no settings in clear. */
export interface PlacedSecret extends PlacedKey {
    readonly value: string;
}

/** A key that has no place, and why. */
export interface LeftKey {
    readonly key: string;
    readonly file: string;
    readonly reason: string;
}

/** A key of the files: its name in messages, and the file that has it. */
export type SourceKey = Pick<PlacedKey, "key" | "file">;

/** What becomes of each key of the files. */
export class Placement {
    readonly settings: Record<string, Json> = {};
    readonly placed: PlacedKey[] = [];
    readonly secrets: PlacedSecret[] = [];
    readonly left: LeftKey[] = [];
    readonly target: Target;

    constructor(target: Target) {
        this.target = target;
        if (target.node !== undefined) {
            this.settings[`${target.role}s`] = [{ name: target.node }];
        }
    }

    /** The place of what holds for the node, or for all nodes of the role: `serverConfig`, `servers[2].agentConfig`. */
    config(): Place {
        const { role, node, nodeIndex, declared } = this.target;
        const ofRole = `${role}Config`;
        return node !== undefined
            ? [`${role}s`, nodeIndex, "agentConfig"]
            : [declared.has(ofRole) ? ofRole : "agentConfig"];
    }

    /** Puts a key into a setting, or lists it where the setting refuses it. */
    put(source: SourceKey, place: Place, value: Json): void {
        const reason = this.target.refused.get(idOf(source));
        if (reason !== undefined) {
            this.leave(source, reason);
            return;
        }
        this.placed.push({ ...source, setting: pathText(place) });
        const [first = "", ...rest] = this.#inSettings(place);
        this.settings[first] = withValue(this.settings[first], rest, value);
    }

    /** Puts a secret beside the settings: it is set by Pulumi, which encrypts it. */
    hide(source: SourceKey, place: Place, value: string): void {
        const reason = this.target.refused.get(idOf(source));
        if (reason === undefined) {
            this.secrets.push({ ...source, setting: pathText(place), value });
        } else {
            this.leave(source, reason);
        }
    }

    /** Lists a key that has no place. */
    leave(source: SourceKey, reason: string): void {
        this.left.push({ ...source, reason });
    }

    /** The node is the only one of the list here, wherever it is in the stack file's. */
    #inSettings(place: Place): Place {
        const { role, node } = this.target;
        const [first, , ...rest] = place;
        return node !== undefined && first === `${role}s` && rest.length > 0
            ? [first, 0, ...rest]
            : place;
    }
}

/** What tells a key of the files from all others. */
export function idOf({ key, file }: SourceKey): string {
    return `${file}\n${key}`;
}

function withValue(before: Json | undefined, [part, ...rest]: Place, value: Json): Json {
    if (part === undefined) {
        return value;
    }
    if (typeof part === "number") {
        const all: Json[] = Array.isArray(before) ? [...(before as readonly Json[])] : [];
        all[part] = withValue(all[part], rest, value);
        return all;
    }
    const map = isObject(before) ? before : {};
    return { ...map, [part]: withValue(map[part], rest, value) };
}
