import { describe } from "./mermaid.ts";
import type { Topology } from "./topology.ts";

/** A cluster as a tree of lines, for a terminal. */
export function asText({ machines, edges }: Topology): string {
    const names = new Map(
        machines.flatMap(({ containers }) =>
            containers.map(({ id, node, name }) => [id, node ?? name] as const),
        ),
    );
    return machines
        .flatMap(({ name, address, containers }) => [
            `machine ${name}${address === null ? "" : `, ${address}`}`,
            ...containers.flatMap((one, index) => {
                const isLast = index === containers.length - 1;
                const gone = one.isAlive === false ? ["not alive"] : [];
                const to = (kind: string) => {
                    const targets = edges
                        .filter((edge) => edge.from === one.id && edge.kind === kind)
                        .map((edge) => names.get(edge.to) ?? edge.to);
                    return targets.length === 0 ? [] : [`${kind} ${targets.join(", ")}`];
                };
                const words = [...describe(one), ...gone, ...to("joins"), ...to("asks")];
                return [`${isLast ? "└── " : "├── "}${words.join("; ")}`];
            }),
        ])
        .join("\n");
}
