import { BlockList, isIPv4 } from "node:net";

/** Whether an IPv4 address is in a range such as `172.17.0.0/16`. */
export function inSubnet(address: string, range: string): boolean {
    const [network = "", bits = "32"] = range.split("/");
    const list = new BlockList();
    list.addSubnet(network, Number(bits), "ipv4");
    return isIPv4(address) && list.check(address, "ipv4");
}
