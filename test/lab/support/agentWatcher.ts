import { agentAt } from "./access.ts";

/** What was seen of agents while they changed. */
export interface Watched {
    /** The most that did not answer in one round. */
    readonly mostAway: number;
    /** Those that did not answer in some round, by name, in the order in which each was missed first. */
    readonly missed: readonly string[];
    /** How often they were asked. */
    readonly rounds: number;
}

/** Milliseconds between two rounds. */
const interval = 100;

/** Milliseconds after which an agent counts as away: one whose container is away refuses at once, and a busy computer has
 * those that run answer late. */
const timeoutMs = 5000;

/** Asks the API of each of these agents ten times a second, from outside the cluster, until it is stopped. */
export class AgentWatcher {
    readonly #agents: ReadonlyMap<string, string>;
    readonly #missed = new Set<string>();
    readonly #done: Promise<void>;
    #stopped = false;
    #mostAway = 0;
    #rounds = 0;

    /** @param agents their APIs, by name. */
    constructor(agents: Readonly<Record<string, string>>) {
        this.#agents = new Map(Object.entries(agents));
        this.#done = this.#go();
    }

    /** Stops, and returns what was seen. */
    async stop(): Promise<Watched> {
        this.#stopped = true;
        await this.#done;
        return { mostAway: this.#mostAway, missed: [...this.#missed], rounds: this.#rounds };
    }

    async #go(): Promise<void> {
        while (!this.#stopped) {
            const pause = new Promise((over) => setTimeout(over, interval));
            const asked = [...this.#agents].map(async ([name, address]) => {
                return (await this.#answers(address)) ? [] : [name];
            });
            const away = (await Promise.all(asked)).flat();
            away.forEach((name) => this.#missed.add(name));
            this.#mostAway = Math.max(this.#mostAway, away.length);
            this.#rounds += 1;
            await pause;
        }
    }

    #answers(address: string): Promise<boolean> {
        const answer = agentAt(address).self();
        const late = new Promise<boolean>((over) => setTimeout(over, timeoutMs, false));
        return Promise.race([
            answer.then(
                () => true,
                () => false,
            ),
            late,
        ]);
    }
}
