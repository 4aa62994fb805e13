import { spread } from "../../components/machine/containerAddresses.ts";

/**
 * The lab network of a stack that names none: another one for each stack, so that two of them run
 * side by side, and the same one each time.
 */
export function defaultSubnet(owner: string): string {
    return `10.${100 + spread(owner, 100)}.${spread(`${owner}/subnet`, 256)}.0/24`;
}

/**
 * The address of a lab machine that names none. It follows from the node's name alone, so that no
 * node's address depends on who else is there: server-N is host 10+N, client-N host 100+N, and any
 * other name one of the hosts 200 to 249.
 */
export function labAddress(subnet: string, nodeName: string): string {
    const numbered = /^(server|client)-([1-9]\d?)$/.exec(nodeName);
    const base = numbered?.[1] === "server" ? 10 : 100;
    const limit = numbered?.[1] === "server" ? 89 : 99;
    const number = Number(numbered?.[2] ?? 0);
    const host = number > 0 && number <= limit ? base + number : 200 + spread(nodeName, 50);
    return subnet.replace(/\.\d+\/\d+$/, `.${host}`);
}

function toNumber(address: string): number {
    return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

/** What is wrong with an address for a lab machine; undefined if nothing is. */
export function labAddressProblem(subnet: string, address: string): string | undefined {
    const [base = "", bits = ""] = subnet.split("/");
    const size = 2 ** (32 - Number(bits));
    const start = Math.floor(toNumber(base) / size) * size;
    const offset = toNumber(address) - start;
    if (offset < 0 || offset >= size) {
        return `an address in the lab's subnet ${subnet}`;
    }
    return offset <= 1 || offset === size - 1
        ? `an address that a machine may have: the first two and the last of ${subnet} are taken`
        : undefined;
}
