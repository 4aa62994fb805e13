import { describeError } from "../../scripts/system/progress.ts";
import type { Timings } from "./timings.ts";

/** The result of one way of getting a tool. */
export type Attempt<T> =
    | {
          readonly got: T;
          /** What was got and from where, for the line shown: `3.260.0 on PATH`. */
          readonly note: string;
      }
    /** Why this way failed, as one entry of a list of reasons. */
    | {
          readonly missed: string;
          /** Whether it can be told only when the tool runs that this one is got by. @default false */
          readonly later?: true;
      };

/** One way of getting a tool. */
export interface Way<T> {
    /** `find` changes nothing; `fetch` and `build` do, so they are announced. */
    readonly kind: "find" | "fetch" | "build";
    /** What is done, shown before it is: `building Consul 1.20.6 with Go`. */
    readonly how: string;
    /** An error that it throws is a miss, too. */
    readonly attempt: () => Promise<Attempt<T>>;
    /**
     * Why this way cannot work here, found out within some seconds and without changing anything; undefined where it
     * may work. It is asked before anything is fetched or built. @default it may work
     */
    readonly obstacle?: () => Promise<string | undefined>;
    /** Roughly how many seconds it takes on two cores the first time. @default unknown */
    readonly seconds?: number;
}

/** A tool and all ways of getting it, the cheapest and least surprising first. */
export interface Tool<T> {
    readonly name: string;
    readonly ways: readonly Way<T>[];
    /** What a person does when every way failed: exactly what to install, and how. */
    readonly advice: string;
}

/** How much may be done, and how it is reported. */
export interface ObtainOptions {
    /** `find` where nothing may be changed, as in `npm run doctor`. @default all ways are tried */
    readonly only?: "find";
    /** Receives one line for each tool found. */
    readonly report?: (line: string) => void;
    /** Shows work that may take minutes, for as long as it takes. */
    readonly during?: During;
    /** Runs builds, not all at once where there are several. @default each at once */
    readonly builds?: <T>(build: () => Promise<T>) => Promise<T>;
    /** How long the same took here before. @default unknown */
    readonly timings?: Timings;
}

/**
 * Runs work while something shows that it is under way.
 *
 * @param expectedMs milliseconds that it takes, roughly; undefined where that is unknown.
 */
export type During = <T>(what: string, work: () => Promise<T>, expectedMs?: number) => Promise<T>;

/** Every way to a tool failed: every reason, and what a person can do. */
export class ToolMissing extends Error {
    readonly tool: string;
    /** Why each way failed, in one line. */
    readonly detail: string;
    /** The tool and the detail, for a list of skipped tests. */
    readonly reason: string;

    constructor(tool: string, reasons: readonly string[], advice: string) {
        const list = reasons.map((reason) => `\n  - ${reason}`).join("");
        super(`${tool}: not found, and not to be had here.${list}\n  ${advice}`);
        this.name = "ToolMissing";
        this.tool = tool;
        this.detail = reasons.join("; ").replaceAll("\n", " ");
        this.reason = `${tool} is missing (${this.detail})`;
    }
}

/** Tries the ways to a tool in order until one succeeds; throws ToolMissing when none does. */
export async function obtain<T>(tool: Tool<T>, options: ObtainOptions = {}): Promise<T> {
    return proceed(await survey(tool, options), options);
}

/** What was learned of a tool in some seconds, without changing anything. */
export interface Survey<T> {
    readonly tool: Tool<T>;
    /** What was found. */
    readonly found?: Extract<Attempt<T>, { readonly got: T }>;
    /** Why ways to it do not work here. */
    readonly reasons: ReadonlyMap<Way<T>, string>;
    /** The ways that are left; where there is none and nothing was found, the tool is missing. */
    readonly left: readonly Way<T>[];
    /** Whether one of them can be told only when the tool runs that this one is got by. */
    readonly later: boolean;
}

/** Looks for a tool, and finds out which ways cannot work here. */
export async function survey<T>(
    tool: Tool<T>,
    { only }: Pick<ObtainOptions, "only"> = {},
): Promise<Survey<T>> {
    const ways = tool.ways.filter(({ kind }) => only === undefined || kind === only);
    const reasons = new Map<Way<T>, string>();
    const left: Way<T>[] = [];
    let later = false;
    let obstacles: readonly Promise<string | undefined>[] | undefined;
    for (const [index, way] of ways.entries()) {
        if (way.kind !== "find") {
            obstacles ??= ways.map(obstacleOf); // All are asked at once, and only where one is needed.
            const obstacle = await obstacles[index];
            if (obstacle === undefined) {
                left.push(way);
            } else {
                reasons.set(way, obstacle);
            }
        } else if (left.length > 0) {
            left.push(way); // What comes before it is preferred, and was not tried yet.
        } else {
            const outcome = await withoutThrowing(way);
            if ("got" in outcome) {
                return { tool, found: outcome, reasons, left, later };
            }
            later = outcome.later === true && only !== "find";
            if (later) {
                left.push(way);
            } else {
                reasons.set(way, outcome.missed);
            }
        }
    }
    return { tool, reasons, left, later };
}

/** The error that names a tool for which no way is left. */
export function missingTool<T>({ tool, reasons }: Survey<T>): ToolMissing {
    const known = tool.ways.flatMap((way) => {
        const reason = reasons.get(way);
        return reason === undefined ? [] : [`${way.how}: ${reason}`];
    });
    return new ToolMissing(tool.name, known, tool.advice);
}

/** Tries what is left of the ways to a tool; throws ToolMissing where none succeeds. */
export async function proceed<T>(surveyed: Survey<T>, options: ObtainOptions): Promise<T> {
    const { tool, found, left } = surveyed;
    const reasons = new Map(surveyed.reasons);
    const take = ({ got, note }: NonNullable<typeof found>) => {
        options.report?.(`${tool.name}: ${note}`);
        return got;
    };
    if (found !== undefined) {
        return take(found);
    }
    for (const way of left) {
        const outcome = await announcedWay(tool.name, way, options);
        if ("got" in outcome) {
            return take(outcome);
        }
        reasons.set(way, outcome.missed);
    }
    throw missingTool({ ...surveyed, reasons });
}

async function withoutThrowing<T>({ attempt }: Way<T>): Promise<Attempt<T>> {
    try {
        return await attempt();
    } catch (error) {
        return { missed: describeError(error) };
    }
}

async function obstacleOf<T>({ obstacle }: Way<T>): Promise<string | undefined> {
    try {
        return await obstacle?.();
    } catch (error) {
        return describeError(error);
    }
}

/** Tries one way. What may take minutes is shown, with the time that it took here before. */
async function announcedWay<T>(
    name: string,
    way: Way<T>,
    { during, builds, timings }: ObtainOptions,
): Promise<Attempt<T>> {
    if (way.kind === "find") {
        return withoutThrowing(way);
    }
    const what = `${name}: ${way.how}`;
    const work = async () => {
        const attempt = () => withoutThrowing(way);
        const rough = way.seconds === undefined ? undefined : way.seconds * 1000;
        const began = performance.now();
        const outcome = await (during?.(what, attempt, timings?.expectedMs(what) ?? rough) ??
            attempt());
        if ("got" in outcome) {
            await timings?.record(what, performance.now() - began);
        }
        return outcome;
    };
    return way.kind === "build" && builds !== undefined ? builds(work) : work();
}
