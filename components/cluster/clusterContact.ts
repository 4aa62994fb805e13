import * as pulumi from "@pulumi/pulumi";
import type { JoinBundle } from "../../scripts/protocol/security.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { dnsPort } from "../agent/ports.ts";
import { httpAddressOf } from "../machine/placement.ts";
import { layersOf, mergeLayers } from "../agent/layeredConfig.ts";
import { webUiOf } from "../agent/webUi.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import type { ConsulClusterArgs } from "./clusterArgs.ts";
import { peersOfJoined } from "./joinedSecurity.ts";

/** The machine of a cluster that users are told of. */
export interface ClusterContact {
    /** Its API, where this computer reaches it. */
    readonly httpAddress: pulumi.Output<string>;
    /** Its DNS, where machines reach it: `ADDRESS:PORT`. */
    readonly dnsAddress: pulumi.Output<string>;
}

/**
 * The machine of a cluster's first server, or one of the cluster that is joined.
 *
 * @param nodes in their order.
 * @param external APIs of the servers of that one.
 * @param joined what its stack gives, if it is a secured one; an open one has the same ports as this stack.
 */
export function clusterContact(
    nodes: Iterable<ConsulNode>,
    contract: Pick<ImageContract, "endpoint" | "dnsPort">,
    external: pulumi.Output<string[]>,
    joined: pulumi.Output<JoinBundle> | undefined,
): ClusterContact {
    const first = [...nodes].find(({ role }) => role === "server");
    if (first !== undefined) {
        const { reach, address } = first.machine;
        return {
            httpAddress: httpAddressOf(reach, contract.endpoint),
            dnsAddress: pulumi.interpolate`${address}:${contract.dnsPort}`,
        };
    }
    const httpAddress = external.apply(([one = ""]) => one);
    const port = joined?.apply((bundle) => bundle.dnsPort ?? dnsPort) ?? contract.dnsPort;
    const dnsAddress = pulumi
        .all([httpAddress, peersOfJoined(joined), pulumi.unsecret(pulumi.output(port))])
        .apply(([api, addresses, dns]) => {
            const host = api.replace(/^[^:]*:\/\/|:\d+$/g, "");
            return `${addresses[host] ?? host}:${dns}`;
        });
    return { httpAddress, dnsAddress };
}

/**
 * The web UI of that agent; undefined where it serves none. Of another stack's servers it is not known.
 *
 * @param ready known once it shows a cluster.
 */
export function webUiUrl(
    args: ConsulClusterArgs,
    { httpAddress }: ClusterContact,
    ready: pulumi.Output<unknown>,
): pulumi.Output<string> | undefined {
    const [first] = args.servers;
    const own =
        first === undefined
            ? []
            : layersOf(args, { ...first, role: "server", path: `${first.name}.agentConfig` });
    const { path } = webUiOf(mergeLayers(own));
    return path === undefined
        ? undefined
        : ready.apply(() => pulumi.interpolate`${httpAddress}${path}`);
}
