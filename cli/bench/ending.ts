import { messageOf } from "../tools/obtain.ts";

/** Takes away what a measurement has made, the last thing first, however the measurement ends. */
export class Ending {
    readonly #steps: { readonly what: string; readonly step: () => Promise<void> }[] = [];
    readonly #interruption = new AbortController();

    constructor() {
        for (const name of ["SIGINT", "SIGTERM"] as const) {
            process.on(name, () => {
                if (!this.#interruption.signal.aborted) {
                    console.error(`\n${name}: taking away what was made; this takes a moment.`);
                }
                this.#interruption.abort();
            });
        }
    }

    /** Aborted as soon as somebody asks the measurement to end. */
    get signal(): AbortSignal {
        return this.#interruption.signal;
    }

    /** Has something taken away at the end. */
    later(what: string, step: () => Promise<void>): void {
        this.#steps.push({ what, step });
    }

    /** Takes everything away; a failure is said, and keeps nothing else from being taken away. */
    async end(): Promise<void> {
        for (let next = this.#steps.pop(); next !== undefined; next = this.#steps.pop()) {
            try {
                await next.step();
            } catch (error) {
                console.error(`${next.what} could not be taken away: ${messageOf(error)}`);
                process.exitCode = 1;
            }
        }
    }
}
