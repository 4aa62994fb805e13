import { spread } from "../../components/machine/containerAddresses.ts";
import { Subnet } from "../../components/machine/subnet.ts";

/** The default lab network of a stack. Each stack has its own, the same one each time, so that several run side by
 * side. */
export function defaultSubnet(owner: string): string {
    return `10.${100 + spread(owner, 100)}.${spread(`${owner}/subnet`, 256)}.0/24`;
}

/**
 * The default address of a lab machine. It follows from the node's name alone, so that no node's address depends
 * on the other nodes: server-N is host 10+N, client-N host 100+N, and any other name one of the hosts 200 to 249.
 */
export function labAddress(subnet: string, nodeName: string): string {
    const numbered = /^(server|client)-([1-9]\d?)$/.exec(nodeName);
    const [base, limit] = numbered?.[1] === "server" ? [10, 89] : [100, 99];
    const number = Number(numbered?.[2] ?? 0);
    const isInRange = number > 0 && number <= limit;
    return Subnet.of(subnet).nth(isInRange ? base + number : 200 + spread(nodeName, 50));
}

/** The rule that an address for a lab machine breaks; undefined where it breaks none. */
export function labAddressRule(subnet: string, address: string): string | undefined {
    const { size } = Subnet.of(subnet);
    const offset = Subnet.of(subnet).offsetOf(address);
    if (offset === undefined) {
        return `an address in the lab's subnet ${subnet}`;
    }
    return offset <= 1 || offset === size - 1
        ? `an address that a machine may have: the first two and the last of ${subnet} are taken`
        : undefined;
}
