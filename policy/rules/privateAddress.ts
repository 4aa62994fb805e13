import { BlockList, isIP, isIPv6 } from "node:net";
import { z } from "zod";
import { configLabel, portsLabel } from "../../scripts/protocol/labels.ts";
import { containerType, type Resource } from "./resource.ts";

/** Consul's API without TLS. */
const plainPort = 8500;

/** What Docker takes for the address of a port that is published without one. */
const everyAddress = "0.0.0.0";

const containerProps = z.object({
    ports: z
        .array(
            z.object({
                internal: z.number(),
                external: z.number().optional(),
                ip: z.string().default(everyAddress),
                protocol: z.string().default("tcp"),
            }),
        )
        .default([]),
    labels: z.array(z.object({ label: z.string() })).default([]),
});

/** Networks that no stranger reaches from afar. */
const privateNetworks = new BlockList();
for (const [network, bits] of [
    ["10.0.0.0", 8],
    ["172.16.0.0", 12],
    ["192.168.0.0", 16],
    ["127.0.0.0", 8],
    ["169.254.0.0", 16],
    // Shared address space, behind a carrier's NAT.
    ["100.64.0.0", 10],
    ["::1", 128],
    ["fe80::", 10],
    ["fc00::", 7],
] as const) {
    privateNetworks.addSubnet(network, bits, familyOf(network));
}

/** Whether an address is one of a private network, of this computer, or of one link alone. */
export function isPrivate(address: string): boolean {
    const plain = address.replace(/^\[(.*)\]$/, "$1");
    return isIP(plain) !== 0 && privateNetworks.check(plain, familyOf(plain));
}

/**
 * What is wrong with what a container publishes, a line for each address: outside of private networks nothing of an
 * open cluster's agent may be, and nobody's port 8500.
 */
export function privateAddressProblems({ type, props }: Resource): string[] {
    if (type !== containerType) {
        return [];
    }
    const { ports, labels } = containerProps.parse(props);
    const has = (name: string) => labels.some(({ label }) => label === name);
    const isOpenAgent = has(portsLabel) && !has(configLabel);
    const refused = ports.filter(
        ({ ip, internal, external, protocol }) =>
            !isPrivate(ip) &&
            (isOpenAgent || (protocol === "tcp" && [internal, external].includes(plainPort))),
    );
    return [...Map.groupBy(refused, ({ ip }) => ip)].map(([ip, published]) => {
        const numbers = published.map(({ internal, external = internal }) => external);
        const list = [...new Set(numbers)].join(", ");
        const whose = isOpenAgent ? "an agent that asks for no token" : "Consul's API without TLS";
        return (
            `ports: got ${describe(ip)} for ${list}, of ${whose}; an address of a private network. ` +
            'Set "security" to "full", or publish it on another address.'
        );
    });
}

function describe(ip: string): string {
    return ip === everyAddress || ip === "::" ? `${ip} (every address of the machine)` : ip;
}

function familyOf(address: string): "ipv4" | "ipv6" {
    return isIPv6(address) ? "ipv6" : "ipv4";
}
