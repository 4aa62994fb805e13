import type { AgentRequest } from "../protocol/requests.ts";

/** Where other agents reach the one that this computer reaches at this API. */
export function peerAddress(
    httpAddress: string,
    { peerAddresses = {} }: Pick<AgentRequest, "peerAddresses">,
): string {
    const { hostname } = new URL(httpAddress);
    return peerAddresses[hostname] ?? hostname;
}
