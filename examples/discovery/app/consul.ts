/** What a slave tells of itself, and the master learns of it. */
export interface Slave {
    readonly id: string;
    readonly address: string;
    readonly port: number;
}

/** How long a question to the agent may take that is answered at once. */
const patience = 3000;

/** How long the agent may hold back an answer that would say nothing new, in seconds. */
const hold = 60;

/** The agent of this machine, by its HTTP API. It needs no library: a few requests are all. */
export class Consul {
    readonly #url: string;

    /** @param url for example `http://10.0.0.11:8500` */
    constructor(url: string) {
        this.#url = url;
    }

    /** Registers a service that has to speak up again within this time, such as `3s`. */
    async register(service: string, { id, address, port }: Slave, ttl: string): Promise<void> {
        // Forgotten for good after a minute of silence, the shortest that Consul allows.
        const check = { TTL: ttl, DeregisterCriticalServiceAfter: "1m" };
        const body = { ID: id, Name: service, Address: address, Port: port, Check: check };
        const path = "/v1/agent/service/register?replace-existing-checks=true";
        await this.#put(path, JSON.stringify(body));
    }

    /** Says that a service is well; throws where the agent does not know it, or does not answer. */
    async pass(id: string): Promise<void> {
        await this.#put(`/v1/agent/check/pass/service:${id}`);
    }

    /** Takes a service out. */
    async deregister(id: string): Promise<void> {
        await this.#put(`/v1/agent/service/deregister/${id}`);
    }

    /**
     * Who is healthy of a service: at first, and then whenever that has changed. Each question says
     * what the answer before it was, and the agent holds its answer back until there is another.
     */
    async *healthy(service: string): AsyncGenerator<readonly Slave[]> {
        let index = 0;
        for (;;) {
            const query = `passing=true&index=${index}&wait=${hold}s`;
            try {
                const response = await fetch(`${this.#url}/v1/health/service/${service}?${query}`, {
                    // The agent itself adds up to a sixteenth, so that not all ask at once.
                    signal: AbortSignal.timeout((hold + hold / 16) * 1000 + patience),
                });
                if (!response.ok) {
                    throw new Error(`${response.status} ${await response.text()}`);
                }
                const next = Number(response.headers.get("x-consul-index") ?? 0);
                yield slavesIn(await response.json());
                // It goes backwards when the cluster was restored: then all is asked anew.
                index = next < index ? 0 : next;
            } catch (error) {
                // The list stays as it is: an agent that is away says nothing about the slaves.
                console.log(`asking for ${service}: ${String(error)}`);
                await new Promise((again) => setTimeout(again, 500));
            }
        }
    }

    async #put(path: string, body?: string): Promise<void> {
        const response = await fetch(this.#url + path, {
            method: "PUT",
            signal: AbortSignal.timeout(patience),
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

function slavesIn(answer: unknown): Slave[] {
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
