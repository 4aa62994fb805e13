import { readdir, readFile } from "node:fs/promises";

/** Milliseconds between two looks. */
const interval = 200;

/** The command lines of all processes that run on this computer meanwhile, whoever looks at its list of processes. */
export class CommandLines {
    readonly #seen = new Set<string>();
    readonly #done: Promise<void>;
    #stopped = false;

    constructor() {
        this.#done = this.#go();
    }

    /** Stops, and returns those that were seen, a line each. */
    async stop(): Promise<string> {
        this.#stopped = true;
        await this.#done;
        return [...this.#seen].join("\n");
    }

    async #go(): Promise<void> {
        while (!this.#stopped) {
            const pause = new Promise((over) => setTimeout(over, interval));
            await this.#look();
            await pause;
        }
    }

    async #look(): Promise<void> {
        const all = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
        const texts = all.map((pid) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
        for (const text of await Promise.all(texts)) {
            this.#seen.add(text.replaceAll("\0", " "));
        }
    }
}
