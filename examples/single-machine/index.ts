import * as pulumi from "@pulumi/pulumi";
import { agentImage, ConsulCluster, type NodeArgs } from "../../components/index.ts";

const config = new pulumi.Config();

const cluster = new ConsulCluster("consul", {
    datacenter: "dc1",
    image: await agentImage(config.require("image")),
    store: { path: ".state/machines" },
    lab: { subnet: config.require("subnet") },
    // One machine for all nodes: they join one another by name, on a network of their own there.
    machine: config.requireObject<NodeArgs["machine"]>("machine"),
    servers: [{ name: "node1" }, { name: "node2" }, { name: "node3" }],
    clients: [{ name: "node4" }],
    security: config.require<"full" | "open">("security"),
});

export const { uiUrl, httpAddress, dnsAddress, nodes } = cluster;
