import { isIPv4 } from "node:net";

/** The rule for the address of an existing host. */
export const addressRule = "an IPv4 address that other machines reach, such as 192.168.99.102";

/** The rule for where an existing host is reached from this computer. */
export const reachRule =
    "an IPv4 address or a host name at which this computer reaches the host, such as 203.0.113.5";

/** Whether other machines can reach a machine at this address. */
export function isReachableKind(address: string): boolean {
    const first = Number(address.split(".")[0]);
    return isIPv4(address) && first !== 0 && first !== 127 && first < 224;
}

/** Whether an address is of the range that each Docker Engine gives to its own bridge. */
export function isOfBridge(value: string): boolean {
    return value.startsWith("172.17.");
}

/** Whether it can be where this computer reaches a host: a name has a letter in its last part. */
export function isReachKind(reach: string): boolean {
    const isName = reach.length <= 253 && hostName.test(reach) && reach !== "localhost";
    return isReachableKind(reach) || isName;
}

const hostName = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** Where an existing host is. */
export interface HostPlace {
    /** What its node binds and advertises. */
    readonly address: string;
    /** Where this computer reaches it. @default its address */
    readonly reach?: string | undefined;
}

/** What is wrong with where a host is, a line each. */
export function placeProblems({ address, reach }: HostPlace): string[] {
    const isSound = isReachableKind(address) && !isOfBridge(address);
    return [
        ...(isSound ? [] : [`address: got "${address}"; ${addressRule}.`]),
        ...(reach === undefined || isReachKind(reach)
            ? []
            : [`reach: got "${reach}"; ${reachRule}.`]),
    ];
}

/** Which hosts are the same one for this computer or for one another, a line each. */
export function twinProblems(hosts: readonly (HostPlace & { readonly name: string })[]): string[] {
    const twins = (key: string, placeOf: (host: HostPlace) => string) => {
        const holders = new Map<string, string>();
        return hosts.flatMap((host) => {
            const place = placeOf(host);
            const holder = holders.get(place);
            holders.set(place, host.name);
            return holder === undefined || holder === host.name
                ? []
                : [`${host.name}: ${key}: got "${place}"; ${holder} has that one already.`];
        });
    };
    const ofAddresses = twins("address", ({ address }) => address);
    return ofAddresses.length > 0
        ? ofAddresses
        : twins("reach", ({ address, reach = address }) => reach);
}
