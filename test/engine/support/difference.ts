import { isDeepStrictEqual } from "node:util";
import type { Difference, Properties } from "../../../providers/protocol/provider.ts";

/** What differs between two sets of inputs; elements of lists by index, as providers give them. */
export function differences(
    olds: Properties,
    news: Properties,
    replaces: (path: string) => boolean,
): Difference["paths"] {
    const paths = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
        .sort()
        .flatMap((key) => differing(key, olds[key], news[key]));
    return new Map(
        paths.map((path) => [path, { kind: "update", replaces: replaces(path), ofInputs: true }]),
    );
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
