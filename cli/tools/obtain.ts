import { describeError } from "../../scripts/system/progress.ts";

/** The result of one way of getting a tool. */
export type Attempt<T> =
    | {
          readonly got: T;
          /** What was got and from where, for the line shown: `3.260.0 on PATH`. */
          readonly note: string;
      }
    /** Why this way failed, as one entry of a list of reasons. */
    | { readonly missed: string };

/** One way of getting a tool. */
export interface Way<T> {
    /** `find` changes nothing; `fetch` and `build` do, so they are announced. */
    readonly kind: "find" | "fetch" | "build";
    /** What is done, shown before it is: `building Consul 1.20.6 with Go`. */
    readonly how: string;
    /** An error that it throws is a miss, too. */
    readonly attempt: () => Promise<Attempt<T>>;
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
}

/** Runs work while something shows that it is under way. */
export type During = <T>(what: string, work: () => Promise<T>) => Promise<T>;

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
    const { only, report, during } = options;
    const reasons: string[] = [];
    for (const { kind, how, attempt } of tool.ways) {
        if (only === "find" && kind !== "find") {
            continue;
        }
        const isShown = kind !== "find" && during !== undefined;
        const attempted = isShown ? during(`${tool.name}: ${how}`, attempt) : attempt();
        const outcome = await attempted.catch((error: unknown) => ({
            missed: describeError(error),
        }));
        if ("got" in outcome) {
            report?.(`${tool.name}: ${outcome.note}`);
            return outcome.got;
        }
        reasons.push(`${how}: ${outcome.missed}`);
    }
    throw new ToolMissing(tool.name, reasons, tool.advice);
}

/** Several tools are missing; each is named, with what to do about it. */
export class ToolsMissing extends Error {
    /** The reasons in one line, for a list of skipped tests. */
    readonly reason: string;

    constructor(missing: readonly ToolMissing[], skipped: readonly string[]) {
        const rest =
            skipped.length > 0
                ? [`Not fetched or built either, for it would be of no use: ${skipped.join(", ")}.`]
                : [];
        super([...missing.map(({ message }) => message), ...rest].join("\n\n"));
        this.name = "ToolsMissing";
        this.reason = missing.map(({ reason }) => reason).join("; ");
    }
}

/**
 * Gets several tools, and collects which are missing. Once one is, the others are only looked for:
 * to fetch or build them would be of no use.
 */
export class Collector {
    readonly #options: ObtainOptions;
    readonly #missing: ToolMissing[] = [];
    readonly #skipped: string[] = [];

    constructor(options: ObtainOptions) {
        this.#options = options;
    }

    /** Gets a tool; undefined where it is missing. */
    async get<T>(tool: Tool<T>): Promise<T | undefined> {
        const findOnly = this.#missing.length > 0;
        try {
            return await obtain(tool, { ...this.#options, ...(findOnly && { only: "find" }) });
        } catch (error) {
            if (!(error instanceof ToolMissing)) {
                throw error;
            }
            if (findOnly && tool.ways.some(({ kind }) => kind !== "find")) {
                this.#skipped.push(tool.name);
            } else {
                this.#missing.push(error);
            }
            return undefined;
        }
    }

    /** The tools that were got; throws ToolsMissing when any tool is missing. */
    allOrThrow<T extends object>(tools: T): Complete<T> {
        if (this.#missing.length > 0 || !isComplete(tools)) {
            throw new ToolsMissing(this.#missing, this.#skipped);
        }
        return tools;
    }
}

type Complete<T> = { [name in keyof T]: Exclude<T[name], undefined> };

function isComplete<T extends object>(tools: T): tools is T & Complete<T> {
    return Object.values(tools).every((tool) => tool !== undefined);
}
