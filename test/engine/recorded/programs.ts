import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { ConsulCluster, MachineContainer, Registrator } from "../../../components/index.ts";
import { namedImages } from "../../../program/settings/imageSettings.ts";
import { readSettings } from "../../../program/settings/settings.ts";
import { labSocket } from "../support/cluster.ts";
import { imageOf } from "./archive.ts";

/** The stacks that were recorded; each is the name of its own. */
export const kinds = ["lab", "generic", "one-machine", "progrium"] as const;
export type Kind = (typeof kinds)[number];

/** The project of a clone: part of every URN, and of what is on the machines. */
export const project = "consul-machines";

const sshOptions = { sshUser: "ops", sshKey: "keys/id_ed25519" };

/** Nodes on hosts of these addresses, one after another. */
const hosts = (role: string, ...addresses: readonly string[]) =>
    addresses.map((address, index) => ({ name: `${role}-${index + 1}`, address }));

const services = [
    {
        name: "web",
        port: 80,
        tags: ["blue"],
        meta: { team: "shop" },
        checks: [{ kind: "http", path: "/health", interval: "5s" }],
    },
    { name: "batch", checks: [{ kind: "ttl", ttl: "30s" }] },
];

/** What their stack files say. */
const stackFiles: Readonly<Record<Kind, Readonly<Record<string, unknown>>>> = {
    lab: {
        clients: [{ name: "client-1", services }, { name: "client-2" }],
        driver: "lab",
        driverOptions: { dockerHost: labSocket },
        dnsOnBridge: true,
        recursors: ["10.0.0.2"],
        // The first one is told to a running agent; with another second one it starts anew.
        agentConfig: { log_level: "debug", telemetry: { disable_hostname: true } },
        environment: { GOMAXPROCS: "2" },
        labels: { team: "shop" },
        snapshots: "snapshots",
    },
    generic: {
        servers: hosts("server", "10.20.0.11", "10.20.0.12", "10.20.0.13"),
        clients: hosts("client", "10.20.0.21"),
        driver: "generic",
        driverOptions: sshOptions,
        generations: { "server-2": 2 },
        image: "registry.example/consul:1.22.2",
    },
    "one-machine": {
        clients: 1,
        oneMachine: true,
        driver: "lab",
        driverOptions: { dockerHost: labSocket },
    },
    progrium: {
        servers: hosts("server", "10.20.0.11", "10.20.0.12", "10.20.0.13"),
        clients: hosts("client", "10.20.0.21"),
        driver: "generic",
        driverOptions: sshOptions,
        image: "images/progrium.tar",
        imageFlavour: "progrium",
    },
};

/**
 * The program of a clone with one of those stack files: what `index.ts` does, without its look at
 * the computer that it runs on.
 *
 * @param over settings in place of those of the stack file.
 */
export function programOf(kind: Kind, over: Readonly<Record<string, unknown>> = {}): PulumiFn {
    return async () => {
        const { settings, problems } = readSettings(textOf({ ...stackFiles[kind], ...over }), {
            project,
            stack: kind,
            // The stacks that were recorded are of a version all of whose clusters are open.
            madeWith: "open",
        });
        if (settings === undefined) {
            throw new Error(problems.join("\n"));
        }
        const cluster = new ConsulCluster("consul", {
            ...settings.nodes,
            datacenter: settings.datacenter,
            image: await imageOf(namedImages(settings.image)[0]?.image ?? ""),
            imageFlavour: settings.imageFlavour,
            store: { path: settings.machineStore, dockerMachine: settings.dockerMachine },
            lab: settings.lab,
            join: settings.join,
            recursors: settings.recursors,
            dnsOnBridge: settings.dnsOnBridge,
            agentConfig: settings.agentConfig,
            environment: settings.environment,
            labels: settings.labels,
            snapshots: settings.snapshots,
            security: settings.security,
        });
        if (kind === "lab") {
            addBeside(cluster);
        }
        const { datacenter, image, uiUrl, httpAddress, dnsAddress, nodes } = cluster;
        return { datacenter, image, uiUrl, httpAddress, dnsAddress, nodes };
    };
}

/** What a program of the library's users puts beside an agent. */
function addBeside(cluster: ConsulCluster): void {
    const node = cluster.node("client-1");
    new Registrator("consul-watch", {
        node,
        image: { kind: "pulled", reference: "gliderlabs/registrator:v7" },
        tags: ["found"],
    });
    new MachineContainer("consul-cache", {
        node,
        containerName: "cache",
        image: { kind: "pulled", reference: "redis:8" },
        publish: [{ internal: 6379 }, { internal: 6379, external: 6380, protocol: "udp" }],
        environment: { NODE_ADDRESS: node.address },
        labels: { SERVICE_6379_NAME: "cache" },
    });
}

/** Settings as Pulumi hands them out. */
function textOf(settings: Readonly<Record<string, unknown>>): Record<string, string> {
    return Object.fromEntries(
        Object.entries(settings).map(([key, value]) => [
            key,
            typeof value === "string" ? value : JSON.stringify(value),
        ]),
    );
}
