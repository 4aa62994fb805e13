import { isDeepStrictEqual } from "node:util";
import type { Properties } from "./world.ts";

/** What a provider answers when it is asked what would change. */
export interface Difference {
    /** Paths that differ, and whether that alone replaces the resource. */
    readonly paths: ReadonlyMap<string, { readonly replaces: boolean }>;
    /** Whether the provider wants the old one deleted before the new one is created. */
    readonly deleteBeforeReplace: boolean;
}

/** Paths at which two sets of inputs differ; elements of lists by index, as providers give them. */
export function differingPaths(olds: Properties, news: Properties): string[] {
    return [...new Set([...Object.keys(olds), ...Object.keys(news)])]
        .sort()
        .flatMap((key) => differing(key, olds[key], news[key]));
}

/** The top-level property of a path. */
export function propertyOf(path: string): string {
    return path.replace(/[.[].*$/, "");
}

function differing(path: string, old: unknown, fresh: unknown): string[] {
    if (Array.isArray(old) && Array.isArray(fresh)) {
        const length = Math.max(old.length, fresh.length);
        return Array.from({ length }, (_, index) => index).flatMap((index) =>
            differing(`${path}[${index}]`, old[index], fresh[index]),
        );
    }
    return isDeepStrictEqual(old, fresh) ? [] : [path];
}
