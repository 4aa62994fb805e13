import * as pulumi from "@pulumi/pulumi";
import { ClusterAddresses } from "./clusterAddresses.ts";
import { contractOf, nodesOf, type ConsulClusterArgs } from "./clusterArgs.ts";
import { recordFormation } from "./clusterFormation.ts";
import { ClusterMachines } from "./clusterMachines.ts";
import type { ClusterParts } from "./clusterNodes.ts";
import { Pause } from "./pause.ts";
import { planCluster } from "./clusterPlan.ts";
import { declareSecurity } from "./declareSecurity.ts";
import { externalServers } from "./joinedSecurity.ts";

/**
 * Declares what the nodes of a cluster are declared from: the machines' store, the record of its first size, and in a
 * secured cluster its seed and CA.
 *
 * @param ready the cluster's gate, which is declared after the nodes.
 */
export function declareParts(
    name: string,
    args: ConsulClusterArgs,
    ready: pulumi.Output<pulumi.Resource>,
    parent: pulumi.Resource,
): ClusterParts {
    const { servers, clients = [], join = [], joinCluster } = args;
    const joined = joinCluster === undefined ? undefined : pulumi.output(joinCluster);
    const joins = join.length > 0 || joined !== undefined;
    const plan = planCluster(namesOf(servers), namesOf(clients), joins);
    const machines = new ClusterMachines(name, args, namesOf(nodesOf(args)), parent);
    const addresses = new ClusterAddresses(plan);
    const record = recordFormation(name, args, plan, addresses, parent);
    const parts = { store: machines.store, addresses, ...record };
    return {
        name,
        args,
        plan,
        machines,
        addresses,
        formation: record.formation,
        secured: declareSecurity(name, args, { ...parts, bundle: joined }, parent),
        joined,
        externalServers: externalServers(join, joined, contractOf(args).endpoint),
        ready,
        pause: new Pause(args),
    };
}

function namesOf(nodes: readonly { readonly name: string }[]): string[] {
    return nodes.map(({ name }) => name);
}
