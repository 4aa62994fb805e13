import * as pulumi from "@pulumi/pulumi";
import {
    agentImage,
    ConsulCluster,
    MachineContainer,
    Registrator,
    type NodeArgs,
} from "../../components/index.ts";

const config = new pulumi.Config();
const redisImage = await agentImage(config.require("redisImage"));

const cluster = new ConsulCluster("consul", {
    datacenter: "dc1",
    image: await agentImage(config.require("image")),
    store: { path: ".state/machines" },
    lab: { subnet: config.require("subnet") },
    servers: config.requireObject<NodeArgs[]>("servers"),
    clients: config.requireObject<NodeArgs[]>("clients"),
});

// Every container on this machine that publishes a port is a service, for as long as it runs.
new Registrator("registrator", {
    node: cluster.node("client-1"),
    image: await agentImage(config.require("registratorImage")),
});

new MachineContainer("redis", {
    node: cluster.node("client-1"),
    containerName: "redis",
    image: redisImage,
    publish: [{ internal: 6379 }],
    labels: {
        SERVICE_6379_NAME: "redis",
        SERVICE_6379_CHECK_TCP: "true",
        SERVICE_6379_CHECK_INTERVAL: "2s",
    },
});

// Declared: the stack file lists the services of its node.
new MachineContainer("cache", {
    node: cluster.node("client-2"),
    containerName: "cache",
    image: redisImage,
    publish: [{ internal: 6379 }],
});

export const { uiUrl, httpAddress, dnsAddress, nodes } = cluster;
