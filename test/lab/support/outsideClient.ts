import { ConsulConnection, type ConsulAccess } from "../../../scripts/consul/consulConnection.ts";
import { accessAt } from "./access.ts";
import { get, put } from "./cluster.ts";

/** What a client outside the cluster saw while it changed. */
export interface Seen {
    /** Longest time, in milliseconds, between two writes that were accepted. */
    readonly longestGap: number;
    /** The fewest servers that answered a read in one round. */
    readonly fewestAnswering: number;
    /** Writes that were acknowledged. */
    readonly acknowledged: readonly string[];
}

/** Milliseconds between two rounds. */
const interval = 100;

/** Milliseconds after which an agent counts as not answering. */
const timeoutMs = 1000;

/**
 * Writes and reads through every server, repeatedly, until it is stopped: a write goes
 * to the servers in turn until one accepts it, a read to each of them.
 */
export class OutsideClient {
    readonly #servers: readonly string[];
    #access: ConsulAccess | undefined;
    readonly #acknowledged: string[] = [];
    readonly #done: Promise<void>;
    #stopped = false;
    #lastWrite = Date.now();
    #longestGap = 0;
    #fewest: number;

    /**
     * @param servers their HTTP APIs.
     * @param access its token, and the CA whose certificates it trusts. @default those that the stack exports
     */
    constructor(servers: readonly string[], access?: ConsulAccess) {
        this.#servers = servers;
        this.#access = access;
        this.#fewest = servers.length;
        this.#done = this.#go();
    }

    /** Has it go on with another token or CA, as its user would who was given one. */
    use(access: ConsulAccess): void {
        this.#access = access;
    }

    /** Stops, and returns what was seen. */
    async stop(): Promise<Seen> {
        this.#stopped = true;
        await this.#done;
        return {
            longestGap: this.#longestGap,
            fewestAnswering: this.#fewest,
            acknowledged: this.#acknowledged,
        };
    }

    async #go(): Promise<void> {
        for (let round = 1; !this.#stopped; round += 1) {
            const pause = new Promise((over) => setTimeout(over, interval));
            await Promise.all([this.#write(`outside/${round}`), this.#read()]);
            await pause;
        }
    }

    async #write(key: string): Promise<void> {
        for (const server of this.#servers) {
            if (await within(put(server, key, key, this.#access), false)) {
                this.#longestGap = Math.max(this.#longestGap, Date.now() - this.#lastWrite);
                this.#lastWrite = Date.now();
                this.#acknowledged.push(key);
                return;
            }
        }
    }

    async #read(): Promise<void> {
        const answered = await Promise.all(
            this.#servers.map((server) => within(answers(server, this.#access), false)),
        );
        this.#fewest = Math.min(this.#fewest, answered.filter((ok) => ok).length);
    }
}

/** Whether a server answers a read at all. */
async function answers(server: string, access = accessAt(server)): Promise<boolean> {
    await new ConsulConnection(server, access).get("/v1/status/leader");
    return true;
}

function within<T>(work: Promise<T>, otherwise: T): Promise<T> {
    const late = new Promise<T>((over) => setTimeout(over, timeoutMs, otherwise));
    return Promise.race([work.catch(() => otherwise), late]);
}

/** The acknowledged writes that a server does not have. @param access as for {@link OutsideClient} */
export async function lostWrites(
    server: string,
    keys: readonly string[],
    access?: ConsulAccess,
): Promise<string[]> {
    const lost: string[] = [];
    for (const key of keys) {
        if ((await get(server, key, access)) !== key) {
            lost.push(key);
        }
    }
    return lost;
}
