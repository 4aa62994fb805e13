import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { takeConsul } from "./consulBinary.ts";

/** One agent to start. */
export interface RealAgent {
    readonly name: string;
    /** The last number of its address, 127.99.0.N: each agent has all of Consul's ports there. */
    readonly number: number;
    readonly isServer?: boolean;
    /** Numbers of those it joins. @default none */
    readonly join?: readonly number[];
    /** Further arguments. @default none */
    readonly more?: readonly string[];
    /** The folder of its data, which also distinguishes it from another of its name. @default its name */
    readonly data?: string;
}

/** An agent's address on this computer. */
export function addressOf(number: number): string {
    return `127.99.0.${number}`;
}

/** An agent's HTTP API. */
export function httpOf(number: number): string {
    return `http://${addressOf(number)}:8500`;
}

/** Consul agents as processes of this computer, each on a loopback address of its own. */
export class RealAgents {
    readonly #folder: string;
    readonly #running = new Map<string, ChildProcess>();

    private constructor(folder: string) {
        this.#folder = folder;
    }

    /** @param archive the agents' image, as `docker save` writes it. */
    static async with(archive: string): Promise<RealAgents> {
        const folder = await mkdtemp(join(tmpdir(), "consul-machines-agents-"));
        await takeConsul(archive, join(folder, "consul"));
        return new RealAgents(folder);
    }

    /** A file of its own for an agent's configuration. */
    async config(name: string, settings: object): Promise<string> {
        const file = join(this.#folder, `${name}.json`);
        await writeFile(file, JSON.stringify(settings));
        return `-config-file=${file}`;
    }

    /** Starts an agent; on the data it had, if it ran before. */
    async start({ name, number, isServer, join: joins, more, data }: RealAgent): Promise<void> {
        const address = addressOf(number);
        const quick = await this.config("quick", {
            performance: { raft_multiplier: 1 },
            limits: { http_max_conns_per_client: 1000 },
        });
        const words = [
            ...["agent", quick, `-node=${name}`, `-data-dir=${this.dataOf(data ?? name)}`],
            ...[`-bind=${address}`, `-client=${address}`, "-retry-interval=1s"],
            ...(isServer === false ? [] : ["-server"]),
            ...(joins ?? []).map((other) => `-retry-join=${addressOf(other)}`),
            ...(more ?? []),
        ];
        const child = spawn(join(this.#folder, "consul"), words, { stdio: "ignore" });
        this.#running.set(data ?? name, child);
        // A client that knows no server answers with an error, but it answers.
        await until(async () => (await fetch(`${httpOf(number)}/v1/status/leader`)).status > 0);
    }

    /** Where an agent's data are. */
    dataOf(name: string): string {
        return join(this.#folder, `data-${name}`);
    }

    /** Ends agents as a crash does. */
    async kill(...names: readonly string[]): Promise<void> {
        await Promise.all(
            names.map(async (name) => {
                const child = this.#running.get(name);
                this.#running.delete(name);
                if (child?.exitCode === null && child.signalCode === null) {
                    const ended = once(child, "exit");
                    child.kill("SIGKILL");
                    await ended;
                }
            }),
        );
    }

    /** Throws an agent's data away. */
    async empty(name: string): Promise<void> {
        await rm(this.dataOf(name), { recursive: true, force: true });
    }

    /** Ends all agents, and throws their data away. */
    async clear(): Promise<void> {
        const names = [...this.#running.keys()];
        await this.kill(...names);
        await Promise.all(names.map((name) => this.empty(name)));
    }

    /** Ends everything and leaves nothing. */
    async end(): Promise<void> {
        await this.kill(...this.#running.keys());
        await rm(this.#folder, { recursive: true, force: true });
    }

    /** Reads a file of an agent's data. */
    read(name: string, file: string): Promise<string> {
        return readFile(join(this.dataOf(name), file), "utf8");
    }
}

/** Waits until a check holds; one that fails does not hold yet. */
export async function until(
    check: () => Promise<boolean>,
    { seconds = 30, what = "this" }: { readonly seconds?: number; readonly what?: string } = {},
): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await check().catch(() => false))) {
        if (Date.now() > end) {
            throw new Error(`${what} did not come to be within ${seconds} s`);
        }
        await new Promise((over) => setTimeout(over, 200));
    }
}

/** Waits until an agent knows a leader. */
export function untilLed(number: number): Promise<void> {
    const what = `a leader, to ${addressOf(number)}`;
    return until(
        async () => {
            const response = await fetch(`${httpOf(number)}/v1/status/leader`);
            return ((await response.json()) as string) !== "";
        },
        { what },
    );
}

/** Waits until so many servers vote, by the account of the first one that answers. */
export function untilVoters(voters: number, ofNumber = 1): Promise<void> {
    return until(
        async () => {
            const url = `${httpOf(ofNumber)}/v1/operator/autopilot/health`;
            const health = (await (await fetch(url)).json()) as { Servers: { Voter: boolean }[] };
            return health.Servers.filter(({ Voter }) => Voter).length === voters;
        },
        { what: `${voters} voters`, seconds: 60 },
    );
}
