import type { Formation } from "../../scripts/protocol/formation.ts";
import type { ConsulClusterArgs, NodeArgs } from "./clusterArgs.ts";

const services =
    "Consul 0.5.2 keeps no meta of a service, by which declared ones are told from others; " +
    "register them with registrator, or by the agent's HTTP API";

/** Why Consul 0.5.2 cannot do what a cluster may be asked for, in words that fit the settings and
 * the library's arguments alike. */
export const progriumReasons = {
    oneMachine:
        "what Consul 0.5.2 says of a server it says itself, and of nodes that share a machine only " +
        "one is reached; give each node a machine of its own",
    join:
        "a server of Consul 0.5.2 does not ask the others whether they are a cluster already before " +
        "it opens an election; declare all servers of the cluster together, or only clients here",
    services,
    serverServices: services,
    clientServices: services,
    generations:
        "Consul 0.5.2 knows a server by its address, where an empty one would vote without the data " +
        "that it had; take the lost one out of the settings, run `pulumi up`, and put it back",
    snapshots: "Consul 0.5.2 takes none; leave it out, and copy the keys that must not be lost",
} as const;

/** A node as far as these rules go, also one that shares its machine. */
type CheckedNode = Pick<NodeArgs, "name" | "services" | "generation">;

/** What a cluster is asked for that Consul 0.5.2 cannot do; a key of {@link progriumReasons} says why. */
export type ProgriumRefusal<Node> =
    | { readonly what: "oneMachine" | "join" | "snapshots" | "serverServices" | "clientServices" }
    | { readonly what: "services" | "generations"; readonly node: Node };

/** Everything that a cluster of progrium's image is asked for and cannot do. */
export function progriumRefusals<Node extends CheckedNode>(cluster: {
    readonly oneMachine: boolean;
    readonly servers: readonly Node[];
    readonly clients?: readonly Node[] | undefined;
    readonly join?: readonly string[] | undefined;
    readonly snapshots?: string | undefined;
    readonly serverServices?: readonly unknown[] | undefined;
    readonly clientServices?: readonly unknown[] | undefined;
}): ProgriumRefusal<Node>[] {
    const { oneMachine, servers, clients = [], join = [], snapshots } = cluster;
    const ofRoles = (["serverServices", "clientServices"] as const).filter(
        (key) => (cluster[key] ?? []).length > 0,
    );
    const withServices = [...servers, ...clients].filter(
        ({ services = [] }) => services.length > 0,
    );
    const laterServers = servers.filter(({ generation = 1 }) => generation > 1);
    return [
        ...(oneMachine ? [{ what: "oneMachine" } as const] : []),
        ...(join.length > 0 && servers.length > 0 ? [{ what: "join" } as const] : []),
        ...withServices.map((node) => ({ what: "services", node }) as const),
        ...ofRoles.map((what) => ({ what }) as const),
        ...laterServers.map((node) => ({ what: "generations", node }) as const),
        ...(snapshots === undefined ? [] : [{ what: "snapshots" } as const]),
    ];
}

/** What is wrong with a cluster of progrium's image, a line each; nothing with one of another. */
export function progriumProblems(args: ConsulClusterArgs): string[] {
    if (args.imageFlavour !== "progrium") {
        return [];
    }
    const cluster = { ...args, oneMachine: args.machine !== undefined };
    return progriumRefusals<CheckedNode>(cluster).map((refusal) => {
        const reason = progriumReasons[refusal.what];
        switch (refusal.what) {
            case "oneMachine":
                return `machine: ${reason}.`;
            case "services":
                return `${refusal.node.name}: services: ${reason}.`;
            case "generations":
                return `${refusal.node.name}: generation: ${reason}.`;
            case "serverServices":
            case "clientServices":
                return `${refusal.what}: ${reason}.`;
            default:
                return `${refusal.what}: got ${JSON.stringify(args[refusal.what])}; ${reason}.`;
        }
    });
}

/**
 * Why a cluster that was made otherwise cannot become this one; undefined where it can.
 *
 * With Consul 0.5.2 a server that is told to expect one leads alone, and one that is told to expect
 * several never does: a cluster of one that grew would elect no leader, and neither would the last
 * server of a cluster that shrank, at its next start.
 */
export function progriumChangeProblem(
    recorded: Formation,
    { imageFlavour = "official", servers }: ConsulClusterArgs,
): string | undefined {
    const { imageFlavour: before = "official", expect } = recorded;
    if (before !== imageFlavour) {
        return (
            `imageFlavour: got "${imageFlavour}"; this cluster was made with "${before}", and ` +
            "neither Consul reads the data of the other. Make a new cluster, copy over what it is " +
            "to keep, and destroy this one."
        );
    }
    if (imageFlavour === "official" || expect === 0 || (expect === 1) === (servers.length === 1)) {
        return undefined;
    }
    return expect === 1
        ? `servers: got ${servers.length}; this cluster was made of one server, and with Consul ` +
              "0.5.2 it would elect no leader once it is told of others. Make a new cluster."
        : `servers: got ${servers.length}; this cluster was made of ${expect} servers, and the last ` +
              "one of Consul 0.5.2 would elect no leader at its next start. Keep two at least.";
}
