import { expect, test } from "vitest";
import { nodeGraph, type GraphedResource } from "../../support/pages/nodeGraph.ts";

function resource(key: string, dependsOn: string[], inputs: object = {}): GraphedResource {
    const [type = "", name = ""] = key.split(" ");
    return { key, type, name, inputs: { ...inputs }, provider: "", dependsOn };
}

const resources = [
    resource("Command machine", [], {
        create: "machine up",
        update: "machine up",
        delete: "machine down",
    }),
    { ...resource("Volume data", ["Command machine"]), provider: "Provider docker" },
    resource("Provider docker", ["Command machine"]),
    resource("Container agent", ["Volume data", "Command machine"]),
    resource("Command other", ["Container agent"], { update: "server clear" }),
    { ...resource("Group agent", []), type: "consul-machines:index:Group" },
];

test("each custom resource stands behind what it needs, without the arrows that follow from others", () => {
    expect(nodeGraph(resources, /^(machine|data|docker|agent)$/).split("\n")).toEqual([
        "```mermaid",
        "flowchart TB",
        '    Command_machine["machine<br/>Command: machine up, machine down"]',
        '    Volume_data["data<br/>Volume"]',
        '    Provider_docker["docker<br/>Provider"]',
        '    Container_agent["agent<br/>Container"]',
        "    Provider_docker --> Volume_data",
        "    Command_machine --> Provider_docker",
        "    Volume_data --> Container_agent",
        "```",
    ]);
});
