import type { ClusterFacts, NodeFacts } from "../../../../cli/doctor/facts.ts";
import { one, type DoctorCase } from "./doctorCase.ts";
import { securedOf, withNode } from "./securedCases.ts";

/** What this computer reaches of a machine's ports, and what publishes them there. */
function reached(
    facts: ClusterFacts,
    name: string,
    ports: readonly number[],
    over: Partial<NodeFacts> = {},
): ClusterFacts {
    const { address = "" } = facts.nodes.find((node) => node.name === name) ?? {};
    return withNode(facts, name, { listening: { address, ports }, publishers: [], ...over });
}

/** A container that publishes TCP ports everywhere. */
function publisher(container: string, isAgents: boolean, ...ports: readonly number[]) {
    const published = ports.map((port) => ({
        port,
        protocol: "tcp",
        ip: "0.0.0.0",
        hostPort: port,
    }));
    return { container, isAgents, published };
}

const clientPorts = [8301, 8501, 8600];
const twoNodes = securedOf({ s1: {}, c1: {} });

/** What is reached that the stack does not publish. */
export const listeningCases: readonly DoctorCase[] = [
    one(
        "a port that another container publishes on a node's machine",
        reached(twoNodes, "c1", [...clientPorts, 8502], {
            publishers: [publisher("consul", true, 8301), publisher("mesh", false, 8502)],
        }),
        "port-unexpected c1",
        "takes connections at 10.0.0.2:8502 (gRPC), which the stack does not publish",
        '"mesh" of its machine publishes that. If it is not meant to: `docker rm --force mesh` there',
    ),
    one(
        "a server's port on a client agent's machine, and another, that no container publishes",
        reached(twoNodes, "c1", [8300, ...clientPorts, 8503]),
        "port-unexpected c1",
        "10.0.0.2:8300 (server RPC and Raft) and 10.0.0.2:8503 (gRPC over TLS)",
        "`sudo ss -tlnp 'sport = :8300 or sport = :8503'` there names the program",
    ),
    one(
        "a port of a machine whose engine was not asked",
        reached(twoNodes, "s1", [8300, 8302], { publishers: undefined }),
        "port-unexpected s1",
        "10.0.0.1:8302 (WAN gossip)",
        "`docker ps` and `sudo ss -tlnp 'sport = :8302'` on its machine",
    ),
    one(
        "a port more that the agent's own container publishes",
        reached(twoNodes, "s1", [8300, 8302], { publishers: [publisher("consul", true, 8302)] }),
        "port-unexpected s1",
        "10.0.0.1:8302 (WAN gossip)",
        "is not as the stack made it: remove it, and run `npm start`",
    ),
    one(
        "the container of an open agent in place of a secured one, once",
        reached(securedOf({ s1: {}, c1: { container: { published: [] } } }), "c1", [8301, 8302], {
            publishers: [publisher("consul", true, 8302)],
        }),
        "port-unpublished c1",
        "does not publish 8301/tcp",
        "remove it, and run `npm start`",
    ),
    one(
        "plain HTTP that something has beside an agent, once",
        reached(twoNodes, "c1", [...clientPorts, 8500], {
            plainAddress: "http://10.0.0.2:8500",
        }),
        "plain-http c1",
        "answers without TLS",
        "another program has that port",
    ),
    one(
        "something at the port of plain HTTP that answers no HTTP",
        reached(twoNodes, "c1", [...clientPorts, 8500]),
        "port-unexpected c1",
        "10.0.0.2:8500 (HTTP API without TLS)",
        "`sudo ss -tlnp 'sport = :8500'`",
    ),
    {
        what: "plain HTTP and another port, each for itself",
        facts: reached(twoNodes, "c1", [...clientPorts, 8500, 8502], {
            plainAddress: "http://10.0.0.2:8500",
        }),
        found: [
            { is: "plain-http c1", seen: "answers without TLS", fix: "remove it" },
            { is: "port-unexpected c1", seen: "at 10.0.0.2:8502 (gRPC), which", fix: ":8502'`" },
        ],
    },
    one(
        "gossip that is reached from outside where nodes share a machine",
        sharedOf([8301, 8501, 8600]),
        "port-unexpected s1 c1",
        "takes connections at 10.1.0.1:8301 (LAN gossip), which",
        "`sudo ss -tlnp 'sport = :8301'`",
    ),
];

/** Two nodes that share a machine of which this computer reaches these ports. */
export function sharedOf(ports: readonly number[]): ClusterFacts {
    const facts = securedOf({ s1: {}, c1: { container: { published: [] } } });
    const machineAddress = "10.1.0.1";
    const listening = { address: machineAddress, ports };
    const nodes = facts.nodes.map((node) => ({
        ...node,
        machineAddress,
        listening,
        publishers: [],
    }));
    return { ...facts, nodes };
}
