import { createHash } from "node:crypto";
import { Subnet } from "./subnet.ts";

/** Default network of the nodes that share a machine, inside that machine. It is of the range from
 * which Docker assigns networks by itself, but one that it would reach late. */
export const defaultNodeSubnet = "172.29.0.0/16";

/** Addresses at the start of a subnet that no node gets: the gateway's, and some for the operator's
 * other containers. */
const reserved = 16;

/** A stable number from a text, evenly spread below `limit`. */
export function spread(text: string, limit: number): number {
    return createHash("sha256").update(text).digest().readUInt32BE(0) % limit;
}

/**
 * The address of a node's container on the nodes' network.
 *
 * It is fixed, because peers refuse a server for a minute that comes back under another one; and it
 * follows from the name alone, so that no node's address depends on the others.
 */
export function containerAddress(subnet: string, nodeName: string): string {
    const network = Subnet.of(subnet);
    return network.nth(reserved + spread(nodeName, network.size - reserved - 1));
}

/**
 * The address of the machine itself on the nodes' network. Docker would choose the same; but after a
 * restart the engine reports it as if it had been requested, and a difference replaces the network.
 */
export function gatewayAddress(subnet: string): string {
    return Subnet.of(subnet).nth(1);
}

/** Which nodes would have the address of another one, a line each. */
export function addressClashes(subnet: string, nodeNames: readonly string[]): string[] {
    const holders = new Map<string, string>();
    return nodeNames.flatMap((name) => {
        const address = containerAddress(subnet, name);
        const holder = holders.get(address);
        holders.set(address, name);
        return holder === undefined || holder === name
            ? []
            : [
                  `${name}: its address on the nodes' network, ${address}, is the one of ` +
                      `"${holder}" too: both follow from the names. Rename one of them.`,
              ];
    });
}

/** What is wrong with a network for the nodes of one machine; undefined if nothing is. */
export function nodeSubnetProblem(text: string): string | undefined {
    const subnet = Subnet.parse(text);
    return subnet?.isNetwork === true && subnet.bits >= 12 && subnet.bits <= 24
        ? undefined
        : `an IPv4 network of 12 to 24 bits, such as ${defaultNodeSubnet}`;
}
