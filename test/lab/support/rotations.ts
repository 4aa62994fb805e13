import { ConsulConnection, type ConsulAccess } from "../../../scripts/consul/consulConnection.ts";
import { readAccess, type AccessFile } from "../../../scripts/security/accessFile.ts";
import { ClusterSecrets } from "../../../scripts/security/secrets.ts";
import { fetchAt } from "./access.ts";
import type { LabStack, Outputs } from "./labStack.ts";
import { OutsideClient, type Seen } from "./outsideClient.ts";

/** How often a client of the cluster looks what is valid, in milliseconds. */
const interval = 100;

/** The secrets that a cluster has, all of them derived from what its access file has. */
export function secretsIn({ seed, rotation }: AccessFile): ClusterSecrets {
    return new ClusterSecrets(seed, rotation);
}

/** What a cluster saw of a change, and what the change printed. */
export interface Changed {
    readonly seen: Seen;
    readonly output: string;
    /** Keys of writes that were acknowledged, and that are not there any more. */
    readonly lost: readonly string[];
}

/**
 * Changes a stack while a client outside writes, with the management token: the one before as long as it is valid, and
 * the same of the CA. It is told of another as soon as the stack's own scripts are.
 */
export async function changeUnderClient(stack: LabStack, outputs: Outputs): Promise<Changed> {
    const file = outputs.access ?? "";
    const servers = Object.values(outputs.nodes).filter(({ role }) => role === "server");
    const addresses = servers.map(({ httpAddress }) => httpAddress);
    await fetchAt(`${outputs.httpAddress}/v1/kv/outside?recurse`, { method: "DELETE" });
    const client = new OutsideClient(addresses, await accessNow(file));
    const told = setInterval(() => {
        void accessNow(file).then((access) => {
            client.use(access);
        });
    }, interval);
    const output = await stack.up().catch(async (error: unknown) => {
        clearInterval(told);
        await client.stop();
        throw error;
    });
    clearInterval(told);
    const seen = await client.stop();
    const access = await accessNow(file);
    const there = await new ConsulConnection(outputs.httpAddress, access).get<string[]>(
        "/v1/kv/outside?keys",
    );
    const kept = new Set(there);
    return { seen, output, lost: seen.acknowledged.filter((key) => !kept.has(key)) };
}

async function accessNow(file: string): Promise<ConsulAccess> {
    const access = await readAccess(file);
    const operate = [access, ...(access.earlier ?? [])].map(
        ({ seed, rotation }) => new ClusterSecrets(seed, rotation).token("management").secretId,
    );
    return { ca: access.trusted, client: access.client, tokens: { operate } };
}
