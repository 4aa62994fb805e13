import { describeError } from "../../scripts/system/progress.ts";

/** Removes what a measurement has made, the last thing first, however the measurement ends. */
export class Cleanup {
    readonly #steps: { readonly what: string; readonly step: () => Promise<void> }[] = [];
    readonly #interruption = new AbortController();

    constructor() {
        for (const name of ["SIGINT", "SIGTERM"] as const) {
            process.on(name, () => {
                if (!this.#interruption.signal.aborted) {
                    console.error(`\n${name}: removing what was made; this takes a moment.`);
                }
                this.#interruption.abort();
            });
        }
    }

    /** Aborted as soon as the measurement is asked to end. */
    get signal(): AbortSignal {
        return this.#interruption.signal;
    }

    /** Adds something to remove. */
    add(what: string, step: () => Promise<void>): void {
        this.#steps.push({ what, step });
    }

    /** Removes everything; a failure is printed, and the rest is removed nevertheless. */
    async run(): Promise<void> {
        for (const { what, step } of this.#steps.splice(0).reverse()) {
            try {
                await step();
            } catch (error) {
                console.error(`${what} could not be removed: ${describeError(error)}`);
                process.exitCode = 1;
            }
        }
    }
}
