import { EventEmitter, once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Properties } from "../../../providers/protocol/provider.ts";

/** One call that a provider got. Its times are ticks: positions in the order of all events. */
export interface Call {
    /** What was asked, for example `create a-agent`; a failed one ends in ` FAILED`. */
    what: string;
    /** The Docker Engine it went to, or `local` for a Command. */
    readonly host: string;
    readonly inputs: Properties;
    readonly begun: number;
    ended: number;
}

/** Calls that have to be under way together before any of them may end. */
interface Meeting {
    readonly pattern: RegExp;
    readonly size: number;
    readonly here: Set<string>;
    readonly complete: () => unknown;
    readonly gathered: Promise<unknown>;
}

/** How long a call takes: long enough for another one that does not wait for it to overlap. */
const callMs = 15;
const meetingMs = 60_000;

/** What an engine says of a container, volume or network whose name is taken. */
const taken = (name: string) => `Conflict. The name "/${name}" is already in use`;

/**
 * What the providers act on, in place of computers: machines with a Docker Engine each, which come
 * with `machine up` and go with `machine down`, and all that runs on them. It keeps a record of
 * every call, and fails those that a test wants to fail.
 */
export class World {
    /** Whether answers of Commands have what another computer needs of the machines' store. */
    keepsStore = false;
    /** Every call since the last {@link clearCalls}, in the order in which they began. */
    calls: Call[] = [];
    /** Engines by endpoint, and the names of what is on them. */
    readonly engines: Map<string, Set<string>>;
    /** Which machine of a name there is, where it is not the first. */
    readonly generations: Map<string, unknown>;
    readonly #failures: { readonly what: string; readonly message: string }[] = [];
    readonly #meetings: Meeting[] = [];
    #made: number;
    #ticks = 0;

    constructor(
        engines: Map<string, Set<string>>,
        generations = new Map<string, unknown>(),
        made = 0,
    ) {
        this.engines = engines;
        this.generations = generations;
        this.#made = made;
    }

    /** Another world of the same state, without this one's record. */
    fork(): World {
        const copy = new World(
            structuredClone(this.engines),
            structuredClone(this.generations),
            this.#made,
        );
        copy.keepsStore = this.keepsStore;
        return copy;
    }

    /** A number that was never given before: every new thing gets another id. */
    next(): number {
        this.#made += 1;
        return this.#made;
    }

    /** Lets the next call of this kind fail. */
    failOnce(what: string, message: string): void {
        this.#failures.push({ what, message });
    }

    /** Holds calls until that many of them are under way; if they never are, they fail. */
    expectTogether(pattern: RegExp, size: number): void {
        const meeting = new EventEmitter();
        const gathered = once(meeting, "complete");
        const complete = () => meeting.emit("complete");
        this.#meetings.push({ pattern, size, here: new Set(), gathered, complete });
    }

    /** What an engine carries. */
    on(host: string): Set<string> {
        const engine = this.engines.get(host);
        if (engine === undefined) {
            throw new Error(`failed to connect to any docker daemon: ${host}`);
        }
        return engine;
    }

    /** Puts a thing on an engine. */
    place(host: string, name: string): void {
        if (this.on(host).has(name)) {
            throw new Error(taken(name));
        }
        this.on(host).add(name);
    }

    /** Does a call, and records it. */
    async perform<T>(call: Pick<Call, "what" | "host" | "inputs">, work: () => T): Promise<T> {
        const recorded: Call = { ...call, begun: this.#tick(), ended: Infinity };
        this.calls.push(recorded);
        try {
            await this.#meet(call.what);
            await pause(callMs);
            this.#failIfWanted(call.what);
            return work();
        } catch (error) {
            recorded.what += " FAILED";
            throw error;
        } finally {
            recorded.ended = this.#tick();
        }
    }

    /** What was asked, in the order of the beginnings. */
    get lines(): string[] {
        return this.calls.map(({ what }) => what);
    }

    /** The one call of this kind. */
    call(what: string): Call {
        const [only, ...others] = this.calls.filter((call) => call.what === what);
        if (only === undefined || others.length > 0) {
            throw new Error(`${what}: expected one call; calls: ${this.lines.join(", ")}`);
        }
        return only;
    }

    /** Empties the record. */
    clearCalls(): void {
        this.calls = [];
    }

    #tick(): number {
        this.#ticks += 1;
        return this.#ticks;
    }

    async #meet(what: string): Promise<void> {
        const meeting = this.#meetings.find(({ pattern }) => pattern.test(what));
        if (meeting === undefined) {
            return;
        }
        meeting.here.add(what);
        if (meeting.here.size === meeting.size) {
            meeting.complete();
        }
        const late = pause(meetingMs, "late", { ref: false });
        if ((await Promise.race([meeting.gathered, late])) === "late") {
            throw new Error(`only ${[...meeting.here].join(", ")} under way together`);
        }
    }

    #failIfWanted(what: string): void {
        const index = this.#failures.findIndex((failure) => failure.what === what);
        const [failure] = index === -1 ? [] : this.#failures.splice(index, 1);
        if (failure !== undefined) {
            throw new Error(failure.message);
        }
    }
}
