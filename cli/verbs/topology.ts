import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { asMermaid } from "../topology/mermaid.ts";
import { asSvg } from "../topology/svg.ts";
import { asText } from "../topology/text.ts";
import { topologyOf, type Topology } from "../topology/topology.ts";
import { statusOf } from "./status.ts";
import type { Given } from "./given.ts";
import { openedCluster, print, type OpenedCluster, type Verb } from "./verb.ts";

/** Draws machines, the containers on them, and who joins whom; with `--offline` no agent is asked who leads. */
export const topology: Verb = async (call) => {
    const { output, offline } = call.options;
    const file = output === undefined ? undefined : resolve(call.from, output);
    const opened = await openedCluster(call);
    const { stack, cluster } = opened;
    const drawn = topologyOf(cluster, offline ? [] : (await statusOf(opened)).nodes);
    const answer = { project: stack.project, stack: stack.stack, cluster: cluster.name, ...drawn };
    const picture = pictureOf(drawn, formatOf(call.options), opened);
    if (file === undefined) {
        print(call, answer, picture);
        return;
    }
    await writeFile(file, `${call.options.json ? JSON.stringify(answer, null, 4) : picture}\n`);
    process.stderr.write(`${file}\n`);
};

/** The form of the picture: the one that is named, else the one that the file's name asks for. */
export function formatOf({
    format,
    output = "",
}: Pick<Given, "format" | "output">): NonNullable<Given["format"]> {
    if (format !== undefined) {
        return format;
    }
    if (output.endsWith(".svg")) {
        return "svg";
    }
    return /\.(mmd|mermaid)$/.test(output) ? "mermaid" : "text";
}

function pictureOf(
    drawn: Topology,
    format: NonNullable<Given["format"]>,
    { stack, cluster }: OpenedCluster,
): string {
    switch (format) {
        case "svg":
            return asSvg(drawn, `${stack.project}/${stack.stack}, cluster ${cluster.name}`);
        case "mermaid":
            return asMermaid(drawn);
        case "text":
            return asText(drawn);
    }
}
