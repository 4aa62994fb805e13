import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import {
    agentImage,
    ConsulCluster,
    MachineContainer,
    type ConsulNode,
    type NodeArgs,
} from "../../components/index.ts";

/** A worker, as the stack file states it. */
interface WorkerArgs {
    readonly name: string;
    /** The node beside which it runs. */
    readonly node: string;
    /** Where it is reached, on the address of that node's machine. */
    readonly port: number;
}

const config = new pulumi.Config();
const servers = config.requireObject<NodeArgs[]>("servers");
const workers = config.requireObject<WorkerArgs[]>("workers");
const nodeImage = await agentImage(config.require("nodeImage"));

const cluster = new ConsulCluster("consul", {
    datacenter: "dc1",
    image: await agentImage(config.require("image")),
    store: { path: ".state/machines" },
    lab: { subnet: config.require("subnet") },
    servers,
    // Over UDP Consul names three instances of a service. With this it marks the answer as truncated, and
    // the resolver asks again over TCP.
    agentConfig: { dns_config: { enable_truncate: true } },
});

/** A program of `app/`, put into a container that has only Node, beside a node's agent. */
function actor(
    name: string,
    node: ConsulNode,
    files: readonly [program: string, ...others: string[]],
    port: number,
    environment: Readonly<Record<string, pulumi.Input<string>>>,
): MachineContainer {
    const [program] = files;
    const uploads = files.map((file) => ({
        file: `/app/${file}`,
        content: readFileSync(new URL(`app/${file}`, import.meta.url), "utf8"),
    }));
    const access = accessTo(node);
    return new MachineContainer(name, {
        node,
        containerName: name,
        image: nodeImage,
        entrypoints: ["node"],
        command: [`/app/${program}`],
        uploads: [
            ...uploads,
            { file: "/app/package.json", content: '{ "type": "module" }\n' },
            ...access.uploads,
        ],
        publish: [{ internal: port }],
        environment: {
            CONSUL: node.peerHttpAddress,
            PORT: String(port),
            ...access.environment,
            ...environment,
        },
    });
}

/**
 * By what a program is let in to the agent of a secured cluster: the CA, whose certificate Node then trusts, and a
 * token that may register and find services. A cluster of your own has a token for each program, which may write the
 * program's own services alone: docs/security.md.
 */
function accessTo({ secured }: ConsulNode) {
    if (secured === undefined) {
        return { uploads: [], environment: {} };
    }
    const file = "/app/ca.pem";
    return {
        uploads: [{ file, content: secured.caCertificate }],
        environment: { NODE_EXTRA_CA_CERTS: file, CONSUL_HTTP_TOKEN: secured.servicesToken },
    };
}

const home = cluster.node(servers[0]?.name ?? "");
const coordinator = actor("coordinator", home, ["coordinator.ts", "consul.ts", "page.html"], 8080, {
    CONSUL_DNS: pulumi.interpolate`${home.address}:8600`,
});

for (const { name, node, port } of workers) {
    const at = cluster.node(node);
    actor(name, at, ["worker.ts", "consul.ts"], port, {
        WORKER: name,
        ADDRESS: at.address,
        TTL_SECONDS: String(config.requireNumber("ttlSeconds")),
    });
}

/** The page that shows the workers. */
export const coordinatorUrl = pulumi.interpolate`http://${coordinator.address}:8080/`;

/** Names of the declared workers. */
export const workerNames = workers.map(({ name }) => name);

export const { uiUrl, httpAddress, dnsAddress, nodes } = cluster;
