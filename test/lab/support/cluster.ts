import { clusterReady } from "../../../scripts/verbs/clusterReady.ts";
import type { ServerHealth } from "../../../scripts/consul/answers.ts";
import { ConsulConnection, type ConsulAccess } from "../../../scripts/consul/consulConnection.ts";
import { ConsulError } from "../../../scripts/consul/consulError.ts";
import { readBody } from "../../../scripts/system/http.ts";
import { accessAt, agentAt } from "./access.ts";
import type { Outputs } from "./labStack.ts";

/** The cluster's servers by name, as the leader sees them. */
export async function servers(outputs: Outputs): Promise<ServerHealth[]> {
    const { Servers } = await agentAt(outputs.httpAddress).health();
    return [...Servers].sort((a, b) => (a.Name < b.Name ? -1 : 1));
}

/** The ids that the servers themselves give, by name: of an open cluster, and of one that is secured in part. */
export async function serverIds({ nodes }: Outputs): Promise<ReadonlyMap<string, string>> {
    const found = Object.entries(nodes).filter(([, { role }]) => role === "server");
    const ids = found.map(async ([name, { httpAddress }]) => {
        const { Config } = await agentAt(httpAddress).self();
        return [name, Config.NodeID] as const;
    });
    return new Map(await Promise.all(ids));
}

/** Writes a key through one node. @param access that of its stack by default */
export async function put(
    httpAddress: string,
    key: string,
    value: string,
    access: ConsulAccess = accessAt(httpAddress),
): Promise<boolean> {
    const connection = new ConsulConnection(httpAddress, access);
    const request = { method: "PUT", body: value } as const;
    return (await readBody(await connection.send(`/v1/kv/${key}`, request))).trim() === "true";
}

/** Reads a key through one node; undefined where it is not. @param access as for {@link put} */
export async function get(
    httpAddress: string,
    key: string,
    access: ConsulAccess = accessAt(httpAddress),
): Promise<string | undefined> {
    try {
        const connection = new ConsulConnection(httpAddress, access);
        return await readBody(await connection.send(`/v1/kv/${key}?raw`));
    } catch (error) {
        if (error instanceof ConsulError) {
            return undefined;
        }
        throw error;
    }
}

/** Waits until all servers vote again, by the same gate that ends an update. */
export async function untilWhole({ nodes, httpAddress, access }: Outputs): Promise<void> {
    const found = Object.entries(nodes).filter(([, { role }]) => role === "server");
    const addresses = found.map(([name, node]) => [name, node.httpAddress] as const);
    const [contactName] = found.find(([, node]) => node.httpAddress === httpAddress) ?? [];
    await clusterReady({
        servers: Object.fromEntries(addresses),
        clients: [],
        contact: httpAddress,
        ...(access === undefined ? {} : { access, contactName }),
    });
}
