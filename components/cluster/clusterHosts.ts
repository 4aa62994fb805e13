import * as pulumi from "@pulumi/pulumi";
import { placeProblems, twinProblems, type HostPlace } from "../machine/hostAddress.ts";
import {
    isGeneric,
    isKnownHost,
    type GenericMachine,
    type MachineArgs,
} from "../machine/machineArgs.ts";
import { refuse } from "../pulumi/refusal.ts";
import { isLab, nodesOf, type ConsulClusterArgs, type NodeArgs } from "./clusterArgs.ts";

/** An existing host, by what messages call it. */
type NamedHost = GenericMachine & { readonly name: string };

/** Why Consul 0.5.2 and a host that is reached elsewhere do not go together, in words that fit settings and arguments. */
export const consul05Reach =
    "Consul 0.5.2 tells of a server only where that server has its address; reach the hosts at their addresses";

/** What is wrong with where the existing hosts of a cluster are, as far as that is known, a line each. */
export function hostProblems(args: ConsulClusterArgs): string[] {
    const hosts = hostsOf(args);
    const known = hosts.flatMap((host) =>
        isKnownHost(host) ? [{ ...host, name: host.name }] : [],
    );
    return [
        ...hosts.flatMap(({ name, reach }) =>
            reach !== undefined && args.imageFlavour === "progrium"
                ? [`${name}: reach: ${consul05Reach}.`]
                : [],
        ),
        ...known.flatMap((host) =>
            placeProblems(host).map((problem) => `${host.name}: ${problem}`),
        ),
        ...twinProblems(known),
    ];
}

/**
 * Sees to it that no two nodes are on one host, once all addresses are known that come from other resources; those that the
 * program states are checked before.
 *
 * @param name of the cluster's resource.
 */
export function checkDeferredHosts(
    name: string,
    args: ConsulClusterArgs,
    parent: pulumi.Resource,
): void {
    const hosts = hostsOf(args);
    if (hosts.every((host) => isKnownHost(host))) {
        return;
    }
    const places = hosts.map(({ name: node, address, reach }) =>
        pulumi.output({ name: node, address, reach }),
    );
    pulumi.all(places).apply((known: readonly (HostPlace & { readonly name: string })[]) => {
        const problems = twinProblems(known);
        return problems.length === 0
            ? undefined
            : refuse(`${name}-hosts-refused`, problems.join("\n"), parent);
    });
}

function hostsOf(args: ConsulClusterArgs): NamedHost[] {
    const machines: readonly { readonly name: string; readonly machine?: NodeArgs["machine"] }[] =
        args.machine === undefined ? nodesOf(args) : [{ name: "machine", machine: args.machine }];
    return machines.flatMap(({ name, machine }) => {
        const host = machine === undefined || isLab(machine) ? undefined : hostOf(machine);
        return host === undefined ? [] : [{ ...host, name }];
    });
}

function hostOf(machine: MachineArgs): GenericMachine | undefined {
    return isGeneric(machine) ? machine : undefined;
}
