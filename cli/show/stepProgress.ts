import { clearLine, cursorTo } from "node:readline";

/** How often a file is told that work goes on: often enough that nobody thinks it hangs. */
const heartbeatMs = 30_000;

/**
 * Shows what is going on: a lasting line for each thing that is done, and on a terminal one moving
 * line below with what is in the making and for how long.
 */
export class Progress {
    readonly #screen: NodeJS.WriteStream;
    readonly #started = Date.now();
    readonly #making = new Map<string, number>();
    #timer: NodeJS.Timeout | undefined;

    constructor(screen: NodeJS.WriteStream = process.stdout) {
        this.#screen = screen;
    }

    /** Prints a line that stays. */
    line(text: string): void {
        this.#clear();
        this.#screen.write(`${text}\n`);
        this.#draw();
    }

    /** Something is now in the making. */
    begin(what: string): void {
        this.#making.set(what, Date.now());
        this.#timer ??= setInterval(
            () => {
                this.#tick();
            },
            this.#screen.isTTY ? 200 : heartbeatMs,
        );
        this.#draw();
    }

    /** It is done: seconds it took, or undefined where it was never begun. */
    end(what: string): string | undefined {
        const since = this.#making.get(what);
        this.#making.delete(what);
        if (this.#making.size === 0) {
            this.stop();
        }
        return since === undefined ? undefined : elapsed(Date.now() - since);
    }

    /** Shows work that is one thing from begin to end; a file is told when it begins. */
    readonly during = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
        if (!this.#screen.isTTY) {
            this.#screen.write(`  ${what} ...\n`);
        }
        this.begin(what);
        try {
            return await work();
        } finally {
            this.end(what);
        }
    };

    /** How long all of it has taken so far. */
    total(): string {
        return elapsed(Date.now() - this.#started);
    }

    /** Takes the moving line away. */
    stop(): void {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#making.clear();
        this.#clear();
    }

    #tick(): void {
        if (this.#screen.isTTY) {
            this.#clear();
            this.#draw();
        } else {
            this.#screen.write(`    ... ${inTheMaking(this.#making, Date.now(), 200)}\n`);
        }
    }

    #draw(): void {
        if (this.#screen.isTTY && this.#making.size > 0) {
            const width = this.#screen.columns > 0 ? this.#screen.columns : 80;
            const room = width - this.total().length - 3;
            const text = inTheMaking(this.#making, Date.now(), room);
            this.#screen.write(`${this.total()}  ${text}`);
        }
    }

    #clear(): void {
        if (this.#screen.isTTY) {
            clearLine(this.#screen, 0);
            cursorTo(this.#screen, 0);
        }
    }
}

/** What is in the making and for how long, cut to the room there is. */
export function inTheMaking(
    making: ReadonlyMap<string, number>,
    now: number,
    room: number,
): string {
    const parts = [...making].map(([what, since]) => `${what} ${elapsed(now - since)}`);
    const text = parts.join(", ");
    return text.length <= room ? text : `${text.slice(0, Math.max(room - 3, 0))}...`;
}

/** A duration as people say it: `8.2 s`, `2 min 05 s`. */
export function elapsed(milliseconds: number): string {
    if (milliseconds < 59_950) {
        return `${(milliseconds / 1000).toFixed(1)} s`;
    }
    const seconds = Math.round(milliseconds / 1000);
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
