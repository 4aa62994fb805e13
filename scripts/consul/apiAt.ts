import { ConsulApi } from "./consulClient.ts";
import { ConsulApi05 } from "./consulClient05.ts";
import type { ApiVersion } from "../protocol/requests.ts";

/** The questions to an agent, in the words of its Consul. */
export function apiAt(httpAddress: string, version?: ApiVersion): ConsulApi {
    return version === "0.5" ? new ConsulApi05(httpAddress) : new ConsulApi(httpAddress);
}

/** The same for an agent of which only the address is known: it says its version, or is taken for one
 * of today. */
export async function apiFoundAt(httpAddress: string): Promise<ConsulApi> {
    const today = new ConsulApi(httpAddress);
    const self = await today.self().catch(() => undefined);
    return self?.Config.Version?.startsWith("0.5.") === true ? apiAt(httpAddress, "0.5") : today;
}
