import { clearLine, cursorTo } from "node:readline";

/** Milliseconds between two lines in a file that say what is still running. */
const heartbeatMs = 30_000;

/** Milliseconds between two updates of the moving line on a terminal. */
const redrawMs = 200;

/** Something that is under way. */
export interface Running {
    /** When it began, in milliseconds since 1970. */
    readonly since: number;
    /** Milliseconds that it takes, roughly. @default unknown */
    readonly expectedMs?: number | undefined;
}

/**
 * Shows what is going on: a lasting line for each thing that is done, and on a terminal one moving
 * line below with what is running and for how long.
 */
export class Progress {
    readonly #screen: NodeJS.WriteStream;
    readonly #started = Date.now();
    readonly #running = new Map<string, Running>();
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

    /** Marks something as running. @param expectedMs milliseconds that it takes, roughly, where that is known. */
    begin(what: string, expectedMs?: number): void {
        this.#running.set(what, { since: Date.now(), expectedMs });
        const tick = () => {
            this.#tick();
        };
        this.#timer ??= setInterval(tick, this.#screen.isTTY ? redrawMs : heartbeatMs);
        this.#draw();
    }

    /** Marks it as done; how long it took, or undefined where it was never begun. */
    end(what: string): string | undefined {
        const since = this.#running.get(what)?.since;
        this.#running.delete(what);
        if (this.#running.size === 0) {
            this.stop();
        }
        return since === undefined ? undefined : elapsed(Date.now() - since);
    }

    /** Shows work from its beginning to its end; in a file, a line when it begins. */
    readonly during = async <T>(
        what: string,
        work: () => Promise<T>,
        expectedMs?: number,
    ): Promise<T> => {
        if (!this.#screen.isTTY) {
            const time = expectedMs === undefined ? "" : `, ${roughly(expectedMs)}`;
            this.#screen.write(`  ${what}${time} ...\n`);
        }
        this.begin(what, expectedMs);
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

    /** Removes the moving line. */
    stop(): void {
        clearInterval(this.#timer);
        this.#timer = undefined;
        this.#running.clear();
        this.#clear();
    }

    #tick(): void {
        if (this.#screen.isTTY) {
            this.#clear();
            this.#draw();
        } else {
            this.#screen.write(`    ... ${describeRunning(this.#running, Date.now(), 200)}\n`);
        }
    }

    #draw(): void {
        if (this.#screen.isTTY && this.#running.size > 0) {
            const width = this.#screen.columns > 0 ? this.#screen.columns : 80;
            const room = width - this.total().length - 3;
            const text = describeRunning(this.#running, Date.now(), room);
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

/** What is running, for how long, and how much is left, in this many characters: shortened, then cut. */
export function describeRunning(
    running: ReadonlyMap<string, Running>,
    now: number,
    room: number,
): string {
    const describe = (nameOf: (what: string) => string) =>
        [...running]
            .map(([what, { since, expectedMs }]) => {
                const time = elapsed(now - since);
                const left =
                    expectedMs === undefined ? "" : ` (${timeLeft(now - since, expectedMs)})`;
                return `${nameOf(what)} ${time}${left}`;
            })
            .join(", ");
    const full = describe((what) => what);
    // `Consul image: building ...` is still known by what is in front of the colon.
    const text = full.length <= room ? full : describe((what) => what.replace(/: .*/, ""));
    return text.length <= room ? text : `${text.slice(0, Math.max(room - 3, 0))}...`;
}

/** How much is left of something that takes about so long. */
export function timeLeft(goneMs: number, expectedMs: number): string {
    return goneMs <= expectedMs ? `${roughly(expectedMs - goneMs)} left` : "longer than usual";
}

/** A duration that is not known exactly: `about 3 min`. */
function roughly(milliseconds: number): string {
    const seconds = Math.max(Math.ceil(milliseconds / 10_000), 1) * 10;
    return seconds < 90 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`;
}

/** A duration as people write it: `8.2 s`, `2 min 05 s`. */
export function elapsed(milliseconds: number): string {
    if (milliseconds < 59_950) {
        return `${(milliseconds / 1000).toFixed(1)} s`;
    }
    const seconds = Math.round(milliseconds / 1000);
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
