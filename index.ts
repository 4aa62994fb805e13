import "./program/stackTraces.ts";
import { ConsulCluster } from "./components/cluster/consulCluster.ts";
import { readConfig } from "./program/config.ts";
import { runPreflight } from "./program/preflight/preflight.ts";
import { clusterName } from "./scripts/protocol/names.ts";

const { settings, image: agentImage, renewal, departed } = await runPreflight(readConfig());

const cluster = new ConsulCluster(clusterName, {
    ...settings.nodes,
    datacenter: settings.datacenter,
    image: agentImage,
    imageFlavour: settings.imageFlavour,
    store: { path: settings.machineStore, dockerMachine: settings.dockerMachine, renewal },
    lab: settings.lab,
    join: settings.join,
    departed,
    recursors: settings.recursors,
    dnsOnBridge: settings.dnsOnBridge,
    agentConfig: settings.agentConfig,
    environment: settings.environment,
    labels: settings.labels,
    snapshots: settings.snapshots,
});

export const {
    /** Datacenter of the cluster. */
    datacenter,
    /** The image that the agents run. */
    image,
    /** The web UI. */
    uiUrl,
    /** A server's HTTP API. */
    httpAddress,
    /** A server's DNS, `ADDRESS:PORT`. */
    dnsAddress,
    /** Every node by name: role, address, httpAddress, machine. */
    nodes,
} = cluster;
