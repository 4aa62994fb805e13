import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import { joinTargets, type ClusterPlan, type PlannedNode } from "./clusterPlan.ts";

/** Outputs of a node that is declared later. */
interface NodeAddresses {
    readonly http: pulumi.Output<string>;
    readonly join: pulumi.Output<string>;
    readonly resolve: (node: ConsulNode) => void;
}

/**
 * Where the nodes of a cluster are, for one another. A node also needs addresses of servers that are
 * declared after it, so each is an output from the start, resolved once its node is declared.
 */
export class ClusterAddresses {
    readonly #plan: ClusterPlan;
    readonly #nodes: ReadonlyMap<string, NodeAddresses>;

    constructor(plan: ClusterPlan) {
        this.#plan = plan;
        const nodes = [...plan.servers, ...plan.clients];
        this.#nodes = new Map(nodes.map(({ name }) => [name, deferredAddresses()]));
    }

    /** Adds where this node is; every planned node is to be added once. */
    add(node: ConsulNode): void {
        this.#nodes.get(node.nodeName)?.resolve(node);
    }

    /** HTTP APIs of the servers, by name. */
    ofServers(except?: string): pulumi.Output<Record<string, string>> {
        const names = this.#plan.servers.map(({ name }) => name).filter((name) => name !== except);
        return this.#of(names, ({ http }) => http);
    }

    /** By what these nodes are joined, without edges to their machines. */
    toJoinOf(names: readonly string[]): pulumi.Output<Record<string, string>> {
        return this.#of(names, ({ join }) => join);
    }

    /**
     * The addresses in a node's arguments: the recorded ones, even where a server has moved since, so
     * that a move does not restart the others. Their gates tell them today's addresses. A server that
     * has moved to where another one was does not join itself.
     *
     * @param others servers of another stack, besides.
     */
    toJoin(
        formation: Formation,
        planned: PlannedNode,
        others: readonly string[] = [],
    ): pulumi.Output<string[]> {
        const addresses = joinTargets(formation, planned).flatMap((target) => {
            const address = formation.addresses?.[target] ?? this.#nodes.get(target)?.join;
            return address === undefined ? [] : [address];
        });
        return pulumi
            .all([pulumi.all(addresses), this.toJoinOf([planned.name])])
            .apply(([targets, { [planned.name]: own }]) => [
                ...targets.filter((address) => address !== own),
                ...others,
            ]);
    }

    #of(
        names: readonly string[],
        pick: (addresses: NodeAddresses) => pulumi.Output<string>,
    ): pulumi.Output<Record<string, string>> {
        const found = names.flatMap((name) => {
            const addresses = this.#nodes.get(name);
            return addresses === undefined ? [] : [[name, pick(addresses)] as const];
        });
        return pulumi.all(Object.fromEntries(found));
    }
}

function deferredAddresses(): NodeAddresses {
    const [http, resolveHttp] = pulumi.deferredOutput<string>();
    const [join, resolveJoin] = pulumi.deferredOutput<string>();
    return {
        http,
        join,
        resolve: ({ httpAddress, joinAddress }) => {
            resolveHttp(httpAddress);
            resolveJoin(valueAlone(joinAddress));
        },
    };
}
