import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

/** Milliseconds within which Pulumi says that it got a signal, where the terminal sent it one too. */
const saysSoWithinMs = 1000;

/**
 * Follows the signals that end an operation of Pulumi's, which finishes what it is doing.
 *
 * A terminal sends Ctrl-C to Pulumi too, and a second signal would make Pulumi drop everything. A signal that only
 * this process got has to be passed on. Pulumi says when it got one, so it is passed on where it says nothing.
 */
export class Interruption {
    readonly #ending = new AbortController();
    readonly #tell: () => void;
    #isInterrupted = false;
    #isKnownToPulumi = false;
    #timer: NodeJS.Timeout | undefined;

    /** @param tell is called once, at the first signal. @default Pulumi tells of it */
    constructor(tell: () => void = () => undefined) {
        this.#tell = tell;
        process.on("SIGINT", this.#onInterrupt).on("SIGTERM", this.#onTerminate);
    }

    /** For the operation: it sends Pulumi the signal. */
    get signal(): AbortSignal {
        return this.#ending.signal;
    }

    /** Whether a signal came. */
    get isInterrupted(): boolean {
        return this.#isInterrupted;
    }

    /** For the operation, as its `onEvent`. */
    readonly follow = ({ stdoutEvent }: EngineEvent): void => {
        this.#isKnownToPulumi ||= stdoutEvent?.message.includes("^C received") === true;
    };

    /** Ends it: the next signal ends this process. */
    close(): void {
        clearTimeout(this.#timer);
        process.off("SIGINT", this.#onInterrupt).off("SIGTERM", this.#onTerminate);
    }

    readonly #onInterrupt = (): void => {
        this.#begin();
        this.#timer ??= setTimeout(() => {
            if (!this.#isKnownToPulumi) {
                this.#ending.abort();
            }
        }, saysSoWithinMs);
    };

    readonly #onTerminate = (): void => {
        this.#begin();
        this.#ending.abort();
    };

    #begin(): void {
        if (!this.#isInterrupted) {
            this.#isInterrupted = true;
            this.#tell();
        }
    }
}
