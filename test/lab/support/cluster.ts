import { clusterReady } from "../../../scripts/verbs/clusterReady.ts";
import type { ServerHealth } from "../../../scripts/consul/answers.ts";
import { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import type { Outputs } from "./labStack.ts";

/** The cluster's servers by name, as the leader sees them. */
export async function servers(outputs: Outputs): Promise<ServerHealth[]> {
    const { Servers } = await new ConsulClient(outputs.httpAddress).health();
    return [...Servers].sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

/** Writes a key through one node. */
export async function put(httpAddress: string, key: string, value: string): Promise<boolean> {
    const response = await fetch(`${httpAddress}/v1/kv/${key}`, { method: "PUT", body: value });
    return (await response.text()).trim() === "true";
}

/** Reads a key through one node; undefined where it is not. */
export async function get(httpAddress: string, key: string): Promise<string | undefined> {
    const response = await fetch(`${httpAddress}/v1/kv/${key}?raw`);
    return response.ok ? response.text() : undefined;
}

/** Waits until all servers vote again, by the same gate that ends an update. */
export async function untilWhole({ nodes, httpAddress }: Outputs): Promise<void> {
    const found = Object.entries(nodes).filter(([, { role }]) => role === "server");
    const addresses = found.map(([name, node]) => [name, node.httpAddress] as const);
    await clusterReady({
        servers: Object.fromEntries(addresses),
        clients: [],
        contact: httpAddress,
    });
}
