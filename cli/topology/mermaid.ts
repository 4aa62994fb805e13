import type { DrawnContainer, DrawnMachine, Topology } from "./topology.ts";

/** A cluster as a Mermaid flowchart, which GitHub and many editors draw in Markdown. */
export function asMermaid({ machines, edges }: Topology): string {
    return [
        "flowchart TB",
        ...machines.flatMap(machine),
        ...edges.map(({ from, to, kind }) => `    ${idOf(from)} -- ${kind} --> ${idOf(to)}`),
        "    classDef leader stroke-width:3px",
        "    classDef gone stroke-dasharray:4",
    ].join("\n");
}

function machine({ name, address, containers }: DrawnMachine): string[] {
    const title = address === null ? `machine ${name}` : `machine ${name}, ${address}`;
    return [
        `    subgraph machine_${idOf(name)}["${escaped(title)}"]`,
        ...containers.map((one) => `        ${idOf(one.id)}["${labelOf(one)}"]${classOf(one)}`),
        "    end",
    ];
}

function labelOf(one: DrawnContainer): string {
    return describe(one).map(escaped).join("<br/>");
}

/** A container in words, a line each. */
export function describe({ node, role, name, image, isLeader, ports }: DrawnContainer): string[] {
    const title = node === null ? [name, image] : [`${role ?? "agent"} ${node}`];
    return [
        ...title,
        ...(isLeader === true ? ["leader"] : []),
        ...(ports.length === 0 ? [] : [`ports ${ports.join(" ")}`]),
    ];
}

function classOf({ isLeader, isAlive }: DrawnContainer): string {
    return isAlive === false ? ":::gone" : isLeader === true ? ":::leader" : "";
}

/** A name as Mermaid takes it: no two names have the same. */
function idOf(name: string): string {
    return name.replaceAll(/\W/g, (one) => (one === "-" ? "_" : `_${one.charCodeAt(0)}_`));
}

function escaped(text: string): string {
    return text.replaceAll("#", "#35;").replaceAll('"', "#quot;");
}
