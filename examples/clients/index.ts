import * as pulumi from "@pulumi/pulumi";
import { agentImage, ConsulCluster, type NodeArgs } from "../../components/index.ts";

const config = new pulumi.Config();

const cluster = new ConsulCluster("consul", {
    datacenter: "dc1",
    image: await agentImage(config.require("image")),
    store: { path: ".state/machines" },
    lab: { subnet: config.require("subnet") },
    servers: config.requireObject<NodeArgs[]>("servers"),
    clients: config.requireObject<NodeArgs[]>("clients"),
});

export const { uiUrl, httpAddress, dnsAddress, nodes } = cluster;
