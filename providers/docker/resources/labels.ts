import { objectsOf } from "../schema/values.ts";

/** Labels as the engine takes them. */
export function labelMap(labels: unknown): Record<string, string> {
    const pairs = objectsOf(labels);
    return Object.fromEntries(pairs.map(({ label, value }) => [String(label), String(value)]));
}

/** Labels as a resource has them. */
export function labelList(labels: Readonly<Record<string, string>> | null | undefined) {
    return Object.entries(labels ?? {}).map(([label, value]) => ({ label, value }));
}
