/** A worker, as it registers and as the coordinator finds it. */
export interface Worker {
    readonly id: string;
    readonly address: string;
    readonly port: number;
}

/** Milliseconds for a request that the agent answers at once. */
const timeoutMs = 3000;

/** Seconds that the agent may hold a blocking query while nothing changes. */
const hold = 60;

/** The agent of this machine, by its HTTP API. */
export class Consul {
    readonly #url: string;
    readonly #headers: Readonly<Record<string, string>>;

    /**
     * @param url for example `https://10.0.0.11:8501`
     * @param token is sent with each request. @default none, for a cluster that is open
     */
    constructor(url: string, token = "") {
        this.#url = url;
        this.#headers = token === "" ? {} : { "x-consul-token": token };
    }

    /** Registers a service with a check that has to be passed within this time, such as `3s`. */
    async register(service: string, { id, address, port }: Worker, ttl: string): Promise<void> {
        // Deregistered after a minute without a pass, the shortest time that Consul allows.
        const check = { TTL: ttl, DeregisterCriticalServiceAfter: "1m" };
        const body = { ID: id, Name: service, Address: address, Port: port, Check: check };
        const path = "/v1/agent/service/register?replace-existing-checks=true";
        await this.#put(path, JSON.stringify(body));
    }

    /** Passes a service's check; throws where the agent does not know it, or does not answer. */
    async pass(id: string): Promise<void> {
        await this.#put(`/v1/agent/check/pass/service:${id}`);
    }

    /** Deregisters a service. */
    async deregister(id: string): Promise<void> {
        await this.#put(`/v1/agent/service/deregister/${id}`);
    }

    /**
     * The healthy instances of a service: at first, and then at each change. These are blocking queries: each
     * has the index of the answer before it, and the agent answers once there is a newer one.
     */
    async *healthy(service: string): AsyncGenerator<readonly Worker[]> {
        let index = 0;
        for (;;) {
            const query = `passing=true&index=${index}&wait=${hold}s`;
            try {
                const response = await fetch(`${this.#url}/v1/health/service/${service}?${query}`, {
                    headers: this.#headers,
                    // The agent itself adds up to a sixteenth, so that not all ask at once.
                    signal: AbortSignal.timeout((hold + hold / 16) * 1000 + timeoutMs),
                });
                if (!response.ok) {
                    throw new Error(`${response.status} ${await response.text()}`);
                }
                const next = Number(response.headers.get("x-consul-index") ?? 0);
                yield workersIn(await response.json());
                // It goes backwards after a restore: then the watch starts again.
                index = next < index ? 0 : next;
            } catch (error) {
                // The list stays as it is: an agent that does not answer tells nothing about the workers.
                console.log(`asking for ${service}: ${String(error)}`);
                await new Promise((again) => setTimeout(again, 500));
            }
        }
    }

    async #put(path: string, body?: string): Promise<void> {
        const response = await fetch(this.#url + path, {
            method: "PUT",
            headers: this.#headers,
            signal: AbortSignal.timeout(timeoutMs),
            ...(body === undefined ? {} : { body }),
        });
        if (!response.ok) {
            throw new Error(`${path}: ${response.status} ${await response.text()}`);
        }
    }
}

/** One entry of the health endpoint's answer. */
interface HealthEntry {
    readonly Node: { readonly Address: string };
    readonly Service: { readonly ID: string; readonly Address: string; readonly Port: number };
}

function workersIn(answer: unknown): Worker[] {
    return (answer as readonly HealthEntry[])
        .map(({ Node, Service }) => ({
            id: Service.ID,
            // A service that names no address is where its node is.
            address: Service.Address === "" ? Node.Address : Service.Address,
            port: Service.Port,
        }))
        .sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** A variable of the environment, which has to be there. */
export function variable(name: string): string {
    const value = process.env[name];
    if (value === undefined || value === "") {
        throw new Error(`the variable ${name} is not set`);
    }
    return value;
}
