import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { JoinBundle } from "../../scripts/protocol/security.ts";
import type { MachineStore } from "../machine/machineStore.ts";
import { authorityUse } from "./broughtAuthority.ts";
import type { ClusterAddresses } from "./clusterAddresses.ts";
import { securityOf, type ConsulClusterArgs } from "./clusterArgs.ts";
import { ClusterSecurity } from "./clusterSecurity.ts";
import { JoinedSecurity } from "./joinedSecurity.ts";
import type { SecuredCluster } from "./securityCommands.ts";

/** What a cluster's secrets are declared with, besides its arguments. */
export interface SecurityParts {
    readonly store: MachineStore;
    readonly addresses: ClusterAddresses;
    readonly formation: pulumi.Output<Formation>;
    /** What records the formation. */
    readonly command: pulumi.Resource;
    /** What another stack gives whose cluster is joined. */
    readonly bundle: pulumi.Output<JoinBundle> | undefined;
}

/** Declares the secrets of a secured cluster, its own or those of another stack's; nothing for an open one. */
export function declareSecurity(
    name: string,
    args: ConsulClusterArgs,
    { store, addresses, formation, command: recorded, bundle }: SecurityParts,
    parent: pulumi.Resource,
): SecuredCluster | undefined {
    if (securityOf(args) === "open") {
        return undefined;
    }
    const { datacenter, agentConfig, rotate, snapshots, tls, servers } = args;
    const authority = args.authority && { args: args.authority, use: authorityUse(args) };
    // What the formation does not fit is refused before any secret is changed.
    const nodes = pulumi.all([addresses.ofAll(), formation]).apply(([all]) => all);
    const common = { datacenter, agentConfig, rotate, snapshots, tls, store, nodes, recorded };
    return bundle === undefined
        ? new ClusterSecurity(
              name,
              {
                  ...common,
                  servers: addresses.ofServers(),
                  peerAddresses: addresses.peersElsewhere(),
                  ports: args.ports,
                  authority,
                  gossipKey: args.gossipKey,
              },
              parent,
          )
        : new JoinedSecurity(name, { ...common, bundle, hasServers: servers.length > 0 }, parent);
}
