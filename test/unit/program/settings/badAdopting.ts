import { one, type BadSettings } from "./badCase.ts";

const adopt = { container: "consul" };
const stated = 'got {"container":"consul"}';
const server = { name: "server-1", address: "192.0.2.1", adopt };
const open = { driver: "generic", security: "open", servers: [server] };

/** Nodes that are to take the place of what nobody can. */
export const badAdopting: readonly BadSettings[] = [
    one(
        "something to adopt without a container's name",
        { ...open, servers: [{ ...server, adopt: { container: "" } }] },
        'servers[0].adopt.container: got ""; the name of a container on the node\'s host, as `docker ps` shows it',
    ),
    one(
        "something to adopt on machines that are made",
        { security: "open", servers: [{ name: "server-1", adopt }] },
        `servers[0].adopt: ${stated}; hosts of the driver generic exist before; machines of the driver lab have nothing to ` +
            "adopt, so leave it out",
    ),
    one(
        "something to adopt on one machine for all",
        { ...open, oneMachine: true, address: "192.0.2.1", servers: [{ name: "server-1", adopt }] },
        `servers[0].adopt: ${stated}; nodes that share a machine take nobody's place; give each node a machine of its own`,
    ),
    one(
        "something to adopt into a cluster that is secured from the beginning",
        { ...open, security: "full" },
        `servers[0].adopt: ${stated}; what is adopted is an open cluster: set "security" to "open" first, and to "full" once ` +
            "all nodes are adopted",
    ),
    one(
        "something to adopt into another stack's cluster",
        { ...open, join: ["192.0.2.9"] },
        `servers[0].adopt: ${stated}; the servers are of this stack then; leave out "join" and "joinStack"`,
    ),
];
