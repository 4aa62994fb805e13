import { ConsulConnection } from "../../../scripts/consul/consulConnection.ts";
import { readAccess, type AccessFile } from "../../../scripts/security/accessFile.ts";
import { ClusterSecrets } from "../../../scripts/security/secrets.ts";
import type { Seen } from "./outsideClient.ts";

/** Milliseconds between two rounds. */
const interval = 100;

/** Milliseconds after which an agent counts as not answering. */
const timeoutMs = 1000;

/**
 * Writes through all servers of a cluster at once, repeatedly, while it is secured: over HTTPS with the management token
 * where a server has that, over plain HTTP where it has not, and without a token until there is one.
 */
export class SwitchingClient {
    readonly #hosts: readonly string[];
    readonly #access: string;
    readonly #acknowledged: string[] = [];
    readonly #done: Promise<void>;
    #stopped = false;
    #lastWrite = Date.now();
    #longestGap = 0;

    /**
     * @param hosts the servers' addresses.
     * @param access the file with the rights to ask it, once there is one.
     */
    constructor(hosts: readonly string[], access: string) {
        this.#hosts = hosts;
        this.#access = access;
        this.#done = this.#go();
    }

    /** Stops, and returns what was seen. */
    async stop(): Promise<Omit<Seen, "fewestAnswering">> {
        this.#stopped = true;
        await this.#done;
        return { longestGap: this.#longestGap, acknowledged: this.#acknowledged };
    }

    async #go(): Promise<void> {
        for (let round = 1; !this.#stopped; round += 1) {
            const pause = new Promise((over) => setTimeout(over, interval));
            await this.#write(`outside/${round}`);
            await pause;
        }
    }

    async #write(key: string): Promise<void> {
        const access = await readAccess(this.#access).catch(() => undefined);
        const ways = access === undefined ? [[]] : [[tokenOf(access)], []];
        for (const tokens of ways) {
            const writes = this.#hosts.map((host) => put(host, key, access, tokens));
            const accepted = await Promise.any(writes).catch(() => false);
            if (accepted) {
                this.#longestGap = Math.max(this.#longestGap, Date.now() - this.#lastWrite);
                this.#lastWrite = Date.now();
                this.#acknowledged.push(key);
                return;
            }
        }
    }
}

function tokenOf({ seed, rotation }: AccessFile): string {
    return new ClusterSecrets(seed, rotation).token("management").secretId;
}

/** @throws Error where the server does not accept it. */
async function put(
    host: string,
    key: string,
    access: AccessFile | undefined,
    manage: readonly string[],
): Promise<boolean> {
    const plain = { httpAddress: `http://${host}:8500`, hasTokens: true };
    const server =
        access === undefined
            ? new ConsulConnection(plain.httpAddress)
            : new ConsulConnection(`https://${host}:8501`, {
                  ca: access.trusted,
                  client: access.client,
                  tokens: { manage },
                  plain,
              });
    const request = { method: "PUT", right: "manage", body: key, timeoutMs } as const;
    return server.get<boolean>(`/v1/kv/${key}`, request);
}
