import * as pulumi from "@pulumi/pulumi";
import type { JoinBundle } from "../../scripts/protocol/security.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import { peersOfJoined } from "./joinedSecurity.ts";

/** The machine of a cluster that users are told of. */
export interface ClusterContact {
    /** Where this computer reaches its API. */
    readonly api: pulumi.Output<string>;
    /** Where machines reach it. */
    readonly peer: pulumi.Output<string>;
}

/**
 * The machine of a cluster's first server, or one of the cluster that is joined.
 *
 * @param nodes in their order.
 * @param external APIs of the servers of that one.
 * @param joined what its stack gives, if it is a secured one.
 */
export function clusterContact(
    nodes: Iterable<ConsulNode>,
    external: pulumi.Output<string[]>,
    joined: pulumi.Output<JoinBundle> | undefined,
): ClusterContact {
    const first = [...nodes].find(({ role }) => role === "server");
    if (first !== undefined) {
        return { api: first.machine.reach, peer: first.machine.address };
    }
    const api = external.apply(([one = ""]) => one.replace(/^[^:]*:\/\/|:\d+$/g, ""));
    const peer = pulumi
        .all([api, peersOfJoined(joined)])
        .apply(([host, addresses]) => addresses[host] ?? host);
    return { api, peer };
}
