import type { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { eventually, nodesOf, type RunningExample } from "../../cli/example/check.ts";

/** One entry of Consul's health endpoint. */
interface HealthEntry {
    readonly Service: { readonly ID: string; readonly Address: string; readonly Port: number };
    readonly Checks: readonly { readonly Status: string }[];
}

/** Address and health of a service's only instance. */
async function serviceAt(agent: ConsulClient, service: string): Promise<string> {
    const found = await agent.get<readonly HealthEntry[]>(`/v1/health/service/${service}`);
    const [one, ...more] = found.map(({ Service, Checks }) => {
        const isHealthy = Checks.every(({ Status }) => Status === "passing");
        return `${Service.Address}:${Service.Port}, ${isHealthy ? "healthy" : "not healthy"}`;
    });
    if (one === undefined || more.length > 0) {
        throw new Error(
            one === undefined ? "it is not there" : `it is there ${found.length} times`,
        );
    }
    return one;
}

/** Both services are registered at their machines' addresses and healthy: the one that registrator found,
 * and the one that was declared. */
export async function check({ outputs, clients, tell }: RunningExample): Promise<void> {
    const nodes = nodesOf(outputs);
    const server = clients.of("server-1");
    for (const [service, node, how] of [
        ["redis", "client-1", "registered by itself"],
        ["cache", "client-2", "declared with its node"],
    ] as const) {
        const wanted = `${nodes[node]?.address ?? ""}:6379, healthy`;
        await eventually(`${service} is at ${wanted}`, 15, async () => {
            const found = await serviceAt(server, service);
            if (found !== wanted) {
                throw new Error(`it is at ${found}`);
            }
        });
        tell(`${service}, ${how}, is at ${wanted}`);
    }

    const names = Object.keys(await server.get<object>("/v1/catalog/services")).sort();
    if (names.join() !== "cache,consul,redis") {
        throw new Error(`the services are ${names.join(", ")}; expected cache, consul and redis`);
    }
    tell("besides Consul itself there is no other service: no agent's port was taken for one");
}
