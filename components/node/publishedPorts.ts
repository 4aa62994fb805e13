import * as pulumi from "@pulumi/pulumi";
import type { ImageContract } from "../agent/imageContract.ts";
import {
    bindPorts,
    hasTwins,
    isOnAddress,
    type PortBinding,
    type PortRow,
} from "../agent/ports.ts";
import type { DockerMachine } from "../machine/dockerMachine.ts";
import type { AgentSettings } from "./nodeArgs.ts";

/** The ports of an agent's container, bound to the addresses of its machine. */
export function publishedPorts(
    { address, bridgeAddress, reachAddress }: DockerMachine,
    rows: readonly PortRow[],
    { endpoint: { port } }: Pick<ImageContract, "endpoint">,
): pulumi.Output<PortBinding[]> {
    return pulumi
        .all([address, rows.every(isOnAddress) ? undefined : bridgeAddress, reachAddress])
        .apply(([own, bridge, there]) => {
            const reached = there === undefined ? undefined : { address: there, port };
            return bindPorts(rows, own, bridge, reached);
        });
}

/**
 * Whether one of a container's ports may be bound to two addresses. The engine reports the two in either order, for which
 * the provider would replace the container; the label of ports changes with them instead.
 */
export function isPublishedTwice(
    { isReachedElsewhere }: DockerMachine,
    rows: readonly PortRow[],
    { dnsOnBridge }: Pick<AgentSettings, "dnsOnBridge">,
): boolean {
    return dnsOnBridge === true || isReachedElsewhere || hasTwins(rows);
}
