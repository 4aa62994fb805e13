import { httpPort, portsOf } from "../../../components/agent/ports.ts";
import { securedApiPorts, securedPorts } from "../../../components/agent/securedContract.ts";
import { consulPorts } from "../consulPorts.ts";
import type { ClusterFacts, NodeFacts, PublisherFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { isShared, listed, unique } from "./views.ts";

/** What is seen from this computer of one machine. */
interface SeenMachine {
    readonly address: string;
    /** The nodes on it: more than one where they share it. */
    readonly nodes: readonly NodeFacts[];
    /** Consul's TCP ports that take a connection. */
    readonly ports: readonly number[];
    /** What its containers publish; undefined where its engine was not asked. */
    readonly publishers: readonly PublisherFacts[] | undefined;
}

/** Ports of a machine that its stack does not publish, and that something has. */
interface Held {
    /** The container that publishes them. @default none does, or it is not known */
    readonly by: PublisherFacts | undefined;
    readonly ports: readonly number[];
}

/** What takes connections on the machines of a secured cluster, as seen from a second machine: from this computer. */
export const listeningCheck: Check = {
    id: "port-unexpected",
    asks: "listening",
    holds: describeSeen,
    find: (facts) =>
        seenMachines(facts).flatMap((machine) =>
            heldPorts(machine).map((held) => findingOf(machine, held)),
        ),
};

function seenMachines({ nodes }: ClusterFacts): SeenMachine[] {
    const addresses = unique(nodes.flatMap(({ listening }) => listening?.address ?? []));
    return addresses.map((address) => {
        const there = nodes.filter(({ listening }) => listening?.address === address);
        const ports = new Set(there.flatMap(({ listening }) => listening?.ports ?? []));
        return {
            address,
            nodes: there,
            ports: [...ports].sort((a, b) => a - b),
            publishers: there.find(({ publishers }) => publishers !== undefined)?.publishers,
        };
    });
}

/** The ports that a stack publishes for nodes. Of those that share a machine, one publishes its API for all. */
function declaredPorts(nodes: readonly NodeFacts[], address: string): number[] {
    return nodes.flatMap((node) => {
        if (node.declared !== undefined) {
            const own = [address, node.address, node.machineAddress];
            return node.declared
                .filter(({ protocol, ip }) => protocol === "tcp" && own.includes(ip))
                .map(({ hostPort }) => hostPort);
        }
        const rows = isShared(node)
            ? securedApiPorts
            : portsOf(node.isServer ? "server" : "client", securedPorts);
        return rows.filter(({ protocol }) => protocol === "tcp").map(({ port }) => port);
    });
}

/** The ports that take a connection and are not the stack's, by who has them. */
function heldPorts({ address, nodes, ports, publishers = [] }: SeenMachine): Held[] {
    const declared = declaredPorts(nodes, address);
    const plain = nodes.some(({ plainAddress }) => plainAddress !== undefined);
    const held = new Map<string, { by: PublisherFacts | undefined; ports: number[] }>();
    for (const port of ports.filter((one) => !declared.includes(one))) {
        const by = publishers.find(({ published }) =>
            published.some(
                ({ ip, hostPort, protocol }) =>
                    hostPort === port &&
                    protocol === "tcp" &&
                    [address, "0.0.0.0", "::", ""].includes(ip),
            ),
        );
        // What another check says of this port says nothing of the holder's other ones.
        const isSaid = plain && port === httpPort;
        const key = `${by?.container ?? ""} ${isSaid ? port : ""}`;
        const { ports: before } = held.get(key) ?? { ports: [] };
        held.set(key, { by, ports: [...before, port] });
    }
    return [...held.values()];
}

function findingOf({ address, nodes, publishers }: SeenMachine, { by, ports }: Held): Finding {
    const named = ports.map((port) => `${address}:${port} (${consulPorts.get(port) ?? "?"})`);
    const isOwn = by?.isAgents === true;
    return {
        nodes: nodes.map(({ name }) => name),
        seen: `something takes connections at ${listed(named)}, which the stack does not publish`,
        why: "Whoever reaches its machine reaches that too, and nothing that secures the cluster need hold there.",
        fix: isOwn
            ? "Its container publishes that, and is not as the stack made it: remove it, and run `npm start`, or " +
              "`pulumi up --refresh` in a stack of your own."
            : fixOf(by, ports, publishers !== undefined),
        explainedBy: [
            // The same container, and the same fix.
            ...(isOwn ? ["port-unpublished"] : []),
            ...(ports.includes(httpPort) ? ["plain-http"] : []),
        ],
    };
}

function fixOf(
    by: PublisherFacts | undefined,
    ports: readonly number[],
    isEngineAsked: boolean,
): string {
    if (by !== undefined) {
        return (
            `The container "${by.container}" of its machine publishes that. If it is not meant to: ` +
            `\`docker rm --force ${by.container}\` there, or publish it on 127.0.0.1.`
        );
    }
    const sockets = ports.map((port) => `sport = :${port}`).join(" or ");
    const look = `\`sudo ss -tlnp '${sockets}'\``;
    return isEngineAsked
        ? `No container of its machine publishes that: ${look} there names the program. Stop it, or close the port.`
        : `\`docker ps\` and ${look} on its machine name what has that: stop it, or close the port.`;
}

/** What was seen, by role. */
function describeSeen(facts: ClusterFacts): string {
    const machines = seenMachines(facts);
    const kinds = [
        ["servers", (node: NodeFacts) => node.isServer && !isShared(node)],
        ["client agents", (node: NodeFacts) => !node.isServer && !isShared(node)],
        ["the nodes' machine", isShared],
    ] as const;
    const seen = kinds.flatMap(([kind, isOfKind]) => {
        const all = facts.nodes.filter(isOfKind);
        const byPorts = Map.groupBy(
            machines.filter(({ nodes }) => nodes.every(isOfKind)),
            ({ ports }) => listed(ports.map(String)),
        );
        return [...byPorts].map(([ports, same]) => {
            const names = same.flatMap(({ nodes }) => nodes.map(({ name }) => name));
            const who = names.length === all.length ? kind : listed(names);
            return `${who} at ${ports === "" ? "none" : ports}`;
        });
    });
    return `of Consul's TCP ports this computer reaches ${seen.join("; ")}: no other than the stack publishes`;
}
