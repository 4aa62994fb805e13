import { ConsulClient } from "./consulClient.ts";
import { ConsulClient05 } from "./consulClient05.ts";
import type { ApiVersion } from "../protocol/requests.ts";

/** The questions to an agent, in the words of its Consul. */
export function clientAt(httpAddress: string, version?: ApiVersion): ConsulClient {
    return version === "0.5" ? new ConsulClient05(httpAddress) : new ConsulClient(httpAddress);
}

/** The same for an agent of which only the address is known: it says its version, or is taken for one
 * of today. */
export async function detectClientAt(httpAddress: string): Promise<ConsulClient> {
    const today = new ConsulClient(httpAddress);
    const self = await today.self().catch(() => undefined);
    return self?.Config.Version?.startsWith("0.5.") === true ? clientAt(httpAddress, "0.5") : today;
}
