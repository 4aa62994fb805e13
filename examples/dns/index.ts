import * as pulumi from "@pulumi/pulumi";
import {
    agentImage,
    ConsulCluster,
    MachineContainer,
    type MachineContainerArgs,
    type NodeArgs,
    type NodeSecurity,
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

const { secured } = node;

/** A server's HTTP API, by its name in Consul. */
export const serverUrl =
    secured === undefined
        ? "http://consul.service.consul:8500"
        : "https://consul.service.consul:8501";

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
        command: ["monitor", `-http-addr=${serverUrl}`],
        dns: [resolver],
        dnsOpts: [...dnsOpts],
        ...(secured === undefined ? {} : accessBy(secured)),
    });
}

/**
 * By what Consul's own command is let in: the CA, the name that every server has in its certificate, which is not the
 * one that it is found by, and a token that may read what agents say of themselves.
 */
function accessBy({
    caCertificate,
    metricsToken,
}: NodeSecurity): Pick<MachineContainerArgs, "environment" | "uploads"> {
    const file = "/ca.pem";
    return {
        uploads: [{ file, content: caCertificate }],
        environment: {
            CONSUL_CACERT: file,
            CONSUL_TLS_SERVER_NAME: `server.${cluster.datacenter}.consul`,
            CONSUL_HTTP_TOKEN: metricsToken,
        },
    };
}

export const otherName = config.require("otherName");
export const recursors = config.requireObject<string[]>("recursors");
export const { uiUrl, httpAddress, dnsAddress, nodes } = cluster;
