import * as pulumi from "@pulumi/pulumi";
import {
    agentImage,
    ConsulCluster,
    MachineContainer,
    type NodeArgs,
} from "../../components/index.ts";

const config = new pulumi.Config();
const image = await agentImage(config.require("image"));

const cluster = new ConsulCluster("consul", {
    datacenter: "dc1",
    image,
    store: { path: ".state/machines" },
    lab: { subnet: config.require("subnet") },
    servers: config.requireObject<NodeArgs[]>("servers"),
    clients: config.requireObject<NodeArgs[]>("clients"),
    // Port 53 of each machine's own bridge, which only its containers reach.
    dnsOnBridge: true,
    recursors: config.requireObject<string[]>("recursors"),
});

const [beside = { name: "" }] = config.requireObject<NodeArgs[]>("clients");
const node = cluster.node(beside.name);

/** The bridge's address, as the machine itself reports it: what its containers are told to ask. */
export const resolver = node.machine.bridgeAddress;

// A program beside the agent that knows a name and no address: it follows the log of a Consul server. The
// second one resolves by TCP, as for long answers.
for (const [containerName, dnsOpts] of [
    ["asks-udp", []],
    ["asks-tcp", ["use-vc"]],
] as const) {
    new MachineContainer(containerName, {
        node,
        containerName,
        image,
        command: ["monitor", "-http-addr=http://consul.service.consul:8500"],
        dns: [resolver],
        dnsOpts: [...dnsOpts],
    });
}

export const otherName = config.require("otherName");
export const recursors = config.requireObject<string[]>("recursors");
export const { uiUrl, httpAddress, dnsAddress, nodes } = cluster;
