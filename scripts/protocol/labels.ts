/** Labels of what this project makes on a Docker Engine. They are on every existing stack: none may change. */

/** On everything that a stack makes; its value is the stack, `project/stack`. What lacks it is not touched. */
export const ownerLabel = "consul-machines.owner";

/** On what belongs to one node; its value is the node's name. */
export const nodeLabel = "consul-machines.node";

/** Spells out an agent container's port bindings. */
export const portsLabel = "consul-machines.ports";

/** On what makes up the lab; its value is `machine` or `network`. */
export const labLabel = "consul-machines.lab";

/** On a machine's engine that is told more than docker-machine tells it: digest of what it was told last. */
export const engineLabel = "consul-machines.engine";

/** On images that are built here and can be built again; its value says what for. */
export const cacheLabel = "consul-machines.cache";

/** On an agent's container in a secured cluster: digest of the configuration that it was started with. */
export const configLabel = "consul-machines.config";

/** On a container that never runs, by which files are written onto a node's volumes. */
export const writerLabel = "consul-machines.writer";

/** On a container that tries an agent's configuration for a moment, before its own is replaced. */
export const trialLabel = "consul-machines.trial";

/** On Consul's own images, and so on their containers: the version. Not ours. */
export const versionLabel = "org.opencontainers.image.version";
