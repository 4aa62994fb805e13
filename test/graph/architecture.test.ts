import { join } from "node:path";
import { test } from "vitest";
import { declaredByExample } from "../support/pages/exampleProgram.ts";
import { expectPart } from "../support/pages/generatedPart.ts";
import { nodeGraph } from "../support/pages/nodeGraph.ts";

/** What makes up server-2 and the cluster, and what of its neighbours stands next to it. */
const drawn = new RegExp(
    [
        "^consul-(server-2-(?!lab).*",
        "store|formation|cluster-ready|teardown",
        "server-1-ready|server-3-agent-clearance)$",
    ].join("|"),
);

test("docs/architecture.md has the graph of one node as the program declares it", async () => {
    const graph = nodeGraph(await declaredByExample("clients"), drawn);
    await expectPart(join(import.meta.dirname, "../../docs/architecture.md"), "node", graph);
});
