import "./program/stackTraces.ts";
import { ConsulCluster } from "./components/cluster/consulCluster.ts";
import { readConfig } from "./program/config.ts";
import { definedOutputs } from "./program/definedOutputs.ts";
import { keptStore } from "./program/keptStore.ts";
import { secretSettings } from "./program/secretSettings.ts";
import { runPreflight } from "./program/preflight/preflight.ts";
import { clusterName } from "./scripts/protocol/names.ts";

const config = await readConfig();
const {
    settings,
    image: agentImage,
    renewal,
    departed,
    joinCluster,
    machines,
} = await runPreflight(config);

const cluster = new ConsulCluster(clusterName, {
    // What is encrypted in the stack file stays a secret.
    ...secretSettings(settings, config.secretKeys),
    datacenter: settings.datacenter,
    image: agentImage,
    imageFlavour: settings.imageFlavour,
    allowVersion: settings.allowVersion === "" ? undefined : settings.allowVersion,
    store: {
        path: settings.machineStore,
        dockerMachine: settings.dockerMachine,
        renewal,
        inState: settings.storeInState,
    },
    lab: settings.lab,
    serverServices: settings.serverServices,
    clientServices: settings.clientServices,
    join: settings.join,
    joinCluster,
    departed,
    recursors: settings.recursors,
    ports: settings.ports,
    dnsOnAddress: settings.dnsOnAddress,
    dnsOnBridge: settings.dnsOnBridge,
    httpOnBridge: settings.httpOnBridge,
    publish: settings.publish,
    agentConfig: settings.agentConfig,
    serverConfig: settings.serverConfig,
    clientConfig: settings.clientConfig,
    labels: settings.labels,
    container: settings.container,
    engine: settings.engine,
    registries: settings.registries,
    snapshots: settings.snapshots,
    security: settings.security,
    rollout: settings.rollout,
    rotate: settings.rotate,
    tls: settings.tls,
    authority: settings.authority,
    gossipKey: settings.gossipKey,
});

const {
    /** Datacenter of the cluster. */
    datacenter,
    /** The image that the agents run. */
    image,
    /** The web UI. */
    uiUrl,
    /** A server's API: over HTTPS, or over HTTP where the cluster is open. */
    httpAddress,
    /** A server's DNS, `ADDRESS:PORT`. */
    dnsAddress,
    /** Every node by name: role, address, httpAddress, machine. */
    nodes,
    /** How far the cluster is secured. The next run goes by it where the settings do not say. */
    security,
    /** Certificate of the CA that signs the agents' certificates, PEM. Of a secured cluster. */
    caCertificate,
    /** The token that may do everything: `pulumi stack output --show-secrets managementToken`. Of a secured cluster. */
    managementToken,
    /** What the API demands of a caller besides a token, where the setting `tls` says so. */
    client,
    /** What a stack of this program takes that joins this one's secured cluster (setting `joinStack`). Secret. */
    joinBundle,
} = cluster;

/** What another computer needs of docker-machine's store; the next run lays it down where it is missing. Secret. */
const machineStore = settings.storeInState
    ? keptStore(
          machines,
          Object.values(nodes).map(({ machine }) => machine),
          config.recorded,
          cluster.ready,
      )
    : undefined;

// Pulumi warns of each output that has no value: what this cluster does not have is left out.
export default definedOutputs({
    datacenter,
    image,
    uiUrl,
    httpAddress,
    dnsAddress,
    nodes,
    security,
    caCertificate,
    managementToken,
    /** Certificate by which the API lets a caller in, PEM. */
    clientCertificate: client?.certificate,
    /** Its private key, PEM: `pulumi stack output --show-secrets clientKey`. */
    clientKey: client?.key,
    joinBundle,
    machineStore,
});
