import type { Declared } from "../declare.ts";
import { flowchart, idOf } from "./topology.ts";

/** A resource, as far as the picture needs it. */
export type GraphedResource = Pick<
    Declared,
    "key" | "type" | "name" | "inputs" | "provider" | "dependsOn"
>;

/**
 * Resources in the order in which they are made, as a Mermaid flowchart: an arrow leads to what comes after.
 * An arrow that follows from others is left out, and so are components, which make nothing themselves.
 *
 * @param drawn names of those that are drawn.
 */
export function nodeGraph(declared: readonly GraphedResource[], drawn: RegExp): string {
    const resources = declared.filter(
        ({ type, name }) => !type.startsWith("consul-machines:") && drawn.test(name),
    );
    const before = new Map(
        resources.map(({ key, dependsOn, provider }) => [
            key,
            [...dependsOn, provider].filter((one) => resources.some((other) => other.key === one)),
        ]),
    );
    const comesBefore = (first: string, then: string): boolean =>
        (before.get(then) ?? []).some((one) => one === first || comesBefore(first, one));
    const edges = resources.flatMap(({ key }) => {
        const all = before.get(key) ?? [];
        return all
            .filter((one) => !all.some((other) => comesBefore(one, other)))
            .map((one) => `${idOf(one)} --> ${idOf(key)}`);
    });
    return flowchart([...resources.map((one) => `${idOf(one.key)}["${describe(one)}"]`), ...edges]);
}

/** Name and kind of a resource; of a Command also the verbs that it runs. */
function describe({ key, name, inputs }: GraphedResource): string {
    const verbs = new Set([inputs.create, inputs.update, inputs.delete].filter(Boolean));
    return `${name}<br/>${[key.split(" ")[0], ...verbs].join(", ").replace(", ", ": ")}`;
}
