import type { ListedContainer } from "../docker/container.ts";
import type { Machine } from "../machine/machine.ts";
import { Store } from "../machine/store.ts";
import { nodeLabel } from "../protocol/labels.ts";

/** Ports of the API inside of an agent's container, whatever they are on its machine. */
const insidePorts = { "http:": 8500, "https:": 8501 } as const;

/** Milliseconds that a machine's engine may take to say what its containers publish. */
const engineTimeoutMs = 2000;

/** Milliseconds for which an answer stands: an agent that is starting is asked ten times a second. */
const freshMs = 2000;

/** The same where the engine did not answer: each further question would take as long. */
const silentMs = 30_000;

/** An agent, and where it is declared to be asked. */
export interface AskedAgent {
    /** The node whose agent answers there. @default whichever does */
    readonly nodeName: string | undefined;
    readonly httpAddress: string;
    /** Whether it may be asked without TLS where it has nothing else. */
    readonly isPlainFine: boolean;
}

/**
 * Where the agents of a stack are asked that are not at the address that is declared: a change of the API's port reaches one
 * container after another, and until it has reached one, or where it was broken off, what is declared of it is not so.
 * The machine's engine knows what its container publishes. Nothing else would: a request that names the port of before is
 * another request, and a state of before has it no more.
 */
export class PublishedApis {
    readonly #store: Store;
    readonly #known = new Map<
        string,
        { readonly until: number; readonly found: Promise<string | undefined> }
    >();

    /** @param store folder of the machines' store. */
    constructor(store: string) {
        this.#store = new Store(store);
    }

    /** Where a running container publishes this agent's API; undefined where none does, or it is not known. */
    find(agent: AskedAgent): Promise<string | undefined> {
        const key = JSON.stringify([agent.nodeName, agent.httpAddress, agent.isPlainFine]);
        const known = this.#known.get(key);
        if (known !== undefined && known.until > Date.now()) {
            return known.found;
        }
        const found = this.#look(agent).catch(() => {
            this.#known.set(key, { until: Date.now() + silentMs, found });
            return undefined;
        });
        this.#known.set(key, { until: Date.now() + freshMs, found });
        return found;
    }

    async #look({ nodeName, httpAddress, isPlainFine }: AskedAgent): Promise<string | undefined> {
        const { hostname, protocol } = new URL(httpAddress);
        const machine = await this.#machineAt(hostname);
        if (machine === undefined) {
            return undefined;
        }
        const engine = await machine.engine();
        const all = await engine.ask<readonly ListedContainer[]>("/containers/json", {
            timeout: engineTimeoutMs,
        });
        const agents = all.filter(({ Labels }) => {
            const node = Labels[nodeLabel];
            return nodeName === undefined ? node !== undefined : node === nodeName;
        });
        const { bound } = await machine.inspect();
        const schemes = protocol === "https:" && isPlainFine ? [protocol, "http:"] : [protocol];
        const found = schemes.map((scheme) => {
            const port = publishedPort(agents, scheme, [hostname, bound, "0.0.0.0"]);
            return port === undefined ? undefined : `${scheme}//${hostname}:${port}`;
        });
        return found.find((address) => address !== undefined);
    }

    /** The machine that is reached at a host. */
    async #machineAt(hostname: string): Promise<Machine | undefined> {
        for (const name of await this.#store.machineNames()) {
            const machine = this.#store.machine(name);
            const place = await machine.inspect().catch(() => undefined);
            if (place?.address === hostname) {
                return machine;
            }
        }
        return undefined;
    }
}

/** The number under which containers publish the API at one of these addresses: never the bridge's, where a secured
 * agent has it without TLS. */
function publishedPort(
    containers: readonly ListedContainer[],
    scheme: string,
    addresses: readonly string[],
): number | undefined {
    const inside = scheme === "https:" ? insidePorts["https:"] : insidePorts["http:"];
    const found = containers
        .flatMap(({ Ports }) => Ports)
        .find(
            ({ IP, PrivatePort, PublicPort, Type }) =>
                PrivatePort === inside &&
                PublicPort !== undefined &&
                Type === "tcp" &&
                addresses.includes(IP ?? "0.0.0.0"),
        );
    return found?.PublicPort;
}
