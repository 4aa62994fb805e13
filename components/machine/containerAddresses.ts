import { createHash } from "node:crypto";

/** The network of the nodes that share a machine, inside that machine. Of the range from which
 * Docker takes networks that name none, but one that it would come to late. */
export const defaultNodeSubnet = "172.29.0.0/16";

/** Addresses at the start of a subnet that no node gets: the gateway's, and some for other
 * containers of the operator's. */
const reserved = 16;

/** A stable number from a text, evenly spread below `limit`. */
export function spread(text: string, limit: number): number {
    return createHash("sha256").update(text).digest().readUInt32BE(0) % limit;
}

/**
 * The address of a node's container on the nodes' network.
 *
 * Fixed, for a server that came back under another one is refused by its peers for a minute; and
 * made from its name alone, so that no node's address depends on who else is there.
 */
export function containerAddress(subnet: string, nodeName: string): string {
    const { start, size } = rangeOf(subnet);
    return toText(start + reserved + spread(nodeName, size - reserved - 1));
}

/**
 * The address of the machine itself on the nodes' network. Docker would choose the same; but an
 * engine that was restarted reports it as if it had been asked for, and what differs is replaced.
 */
export function gatewayAddress(subnet: string): string {
    return toText(rangeOf(subnet).start + 1);
}

/** Which nodes would have one address, a line each. */
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

const cidr = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** What is wrong with a network for the nodes of one machine; undefined if nothing is. */
export function nodeSubnetProblem(subnet: string): string | undefined {
    const parts = cidr.exec(subnet)?.slice(1).map(Number) ?? [];
    const [bits = 0] = parts.slice(4);
    const sound = parts.length === 5 && parts.slice(0, 4).every((part) => part < 256);
    return sound && bits >= 12 && bits <= 24 && rangeOf(subnet).start === toNumber(subnet)
        ? undefined
        : `an IPv4 network of 12 to 24 bits, such as ${defaultNodeSubnet}`;
}

function rangeOf(subnet: string): { readonly start: number; readonly size: number } {
    const size = 2 ** (32 - Number(subnet.split("/")[1]));
    return { start: Math.floor(toNumber(subnet) / size) * size, size };
}

function toNumber(subnet: string): number {
    const [address = ""] = subnet.split("/");
    return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

function toText(address: number): string {
    return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}
