import * as pulumi from "@pulumi/pulumi";
import { joinTargets, type ClusterPlan, type PlannedNode } from "./clusterPlan.ts";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";

/**
 * Where the nodes of a cluster are, for one another. They are told of servers that are declared after
 * them, too: what is asked here settles once all are.
 */
export class ClusterAddresses {
    readonly #plan: ClusterPlan;
    readonly #made: ReadonlyMap<string, ConsulNode>;

    /** @param made the nodes by their names; filled while they are declared. */
    constructor(plan: ClusterPlan, made: ReadonlyMap<string, ConsulNode>) {
        this.#plan = plan;
        this.#made = made;
    }

    /** HTTP APIs of the servers, by name. */
    ofServers(except?: string): pulumi.Output<Record<string, string>> {
        const names = this.#plan.servers.map(({ name }) => name).filter((name) => name !== except);
        return this.#of(names, (node) => node.httpAddress);
    }

    /** By what these nodes are joined, without what that was made from. */
    joined(names: readonly string[]): pulumi.Output<Record<string, string>> {
        return this.#of(names, (node) => valueAlone(node.joinAddress));
    }

    /**
     * Whom a node's arguments name: the recorded addresses, also where a server has moved since, for
     * who moves must not restart the others. They learn of today's servers by their gates. One that
     * has moved to where another was does not join itself.
     *
     * @param others servers of another stack, besides.
     */
    toJoin(
        formation: Formation,
        planned: PlannedNode,
        others: readonly string[] = [],
    ): pulumi.Output<string[]> {
        const addresses = joinTargets(formation, planned).flatMap((target) => {
            const node = this.#made.get(target);
            const live = node === undefined ? undefined : valueAlone(node.joinAddress);
            const address = formation.addresses?.[target] ?? live;
            return address === undefined ? [] : [address];
        });
        return pulumi
            .all([pulumi.all(addresses), this.joined([planned.name])])
            .apply(([targets, { [planned.name]: own }]) => [
                ...targets.filter((address) => address !== own),
                ...others,
            ]);
    }

    #of(
        names: readonly string[],
        make: (node: ConsulNode) => pulumi.Output<string>,
    ): pulumi.Output<Record<string, string>> {
        return pulumi.output(Promise.resolve(names)).apply((settled) => {
            const made = settled.flatMap((name) => {
                const node = this.#made.get(name);
                return node === undefined ? [] : [[name, make(node)] as const];
            });
            return pulumi.all(Object.fromEntries(made));
        });
    }
}
