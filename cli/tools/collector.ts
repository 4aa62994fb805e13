import {
    missingTool,
    obtain,
    proceed,
    survey,
    ToolMissing,
    type ObtainOptions,
    type Survey,
    type Tool,
} from "./obtain.ts";

/** How many builds run at once. Each uses all cores, so more would only take memory. */
const buildsAtOnce = 2;

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
 * Gets several tools side by side. All are looked for first; where one cannot be had here, that is said before
 * anything is fetched or built.
 */
export class Collector {
    readonly #options: ObtainOptions;
    readonly #surveys: Promise<Survey<unknown>>[] = [];
    readonly #surveyed = Promise.withResolvers<undefined>();
    readonly #missing: ToolMissing[] = [];
    readonly #skipped: string[] = [];
    /** How many tools are being got. */
    #underWay = 0;

    constructor(options: ObtainOptions) {
        const builds = limited(buildsAtOnce);
        this.#options = {
            ...options,
            builds: (build) =>
                builds(() => (this.#missing.length > 0 ? Promise.reject(new Useless()) : build())),
        };
    }

    /**
     * Looks for a tool; once all tools are looked for, gets it.
     *
     * @param by what this tool is got by, where that is not known yet to work.
     * @returns undefined where it is missing; `all` then throws.
     */
    async get<T>(tool: Tool<T>, by?: Promise<unknown>): Promise<T | undefined> {
        const looking = survey(tool, this.#options);
        this.#surveys.push(looking);
        // Not `looking` first: what was found is told in the order in which it was asked for.
        const surveyed = await this.#surveyed.promise.then(() => looking);
        if (surveyed.later) {
            await by;
        }
        return this.#collect(tool, () => {
            if (this.#missing.length > 0 && surveyed.found === undefined) {
                throw this.#missing.find((missing) => missing.tool === tool.name) ?? new Useless();
            }
            return proceed(surveyed, this.#options);
        });
    }

    /** Gets a tool that can be looked for only by another one, once that is there. */
    async getBy<A, T>(
        other: Promise<A | undefined>,
        toolOf: (by: A) => Tool<T>,
    ): Promise<T | undefined> {
        const by = await other;
        if (by === undefined) {
            return undefined;
        }
        const tool = toolOf(by);
        const only = this.#missing.length > 0 ? { only: "find" as const } : {};
        return this.#collect(tool, () => obtain(tool, { ...this.#options, ...only }));
    }

    /**
     * The tools, once each is there: what was begun by `get` and `getBy` before.
     *
     * @throws ToolsMissing where any is missing. It takes some seconds where a tool cannot be had here; where something
     *     fails that might have worked, what is under way is ended first, as its result is kept.
     */
    async all<T extends object>(tools: Promise<T>): Promise<Complete<T>> {
        const surveys = await Promise.all(this.#surveys);
        const hopeless = surveys.filter(
            ({ found, left }) => found === undefined && left.length === 0,
        );
        this.#missing.push(...hopeless.map(missingTool));
        this.#surveyed.resolve(undefined);
        const got = await tools;
        if (this.#missing.length > 0 || !isComplete(got)) {
            throw new ToolsMissing(this.#missing, this.#skipped);
        }
        return got;
    }

    async #collect<T>({ name }: Tool<T>, get: () => Promise<T>): Promise<T | undefined> {
        this.#underWay += 1;
        try {
            return await get();
        } catch (error) {
            if (error instanceof Useless) {
                this.#skipped.push(name);
            } else if (!(error instanceof ToolMissing)) {
                throw error;
            } else if (!this.#missing.includes(error)) {
                this.#missing.push(error);
                if (this.#underWay > 1) {
                    this.#options.report?.(
                        `${name}: not to be had; what is under way is ended first`,
                    );
                }
            }
            return undefined;
        } finally {
            this.#underWay -= 1;
        }
    }
}

/** Another tool is missing, so this one would be of no use. */
class Useless extends Error {}

/** Runs at most so many works at once, the others in the order in which they came. */
export function limited(most: number): <T>(work: () => Promise<T>) => Promise<T> {
    const waiting: (() => void)[] = [];
    let running = 0;
    return async (work) => {
        if (running >= most) {
            await new Promise<void>((resolve) => waiting.push(resolve));
        } else {
            running += 1;
        }
        try {
            return await work();
        } finally {
            const next = waiting.shift();
            if (next === undefined) {
                running -= 1;
            } else {
                next(); // It takes this one's place.
            }
        }
    };
}

type Complete<T> = { [name in keyof T]: Exclude<T[name], undefined> };

function isComplete<T extends object>(tools: T): tools is T & Complete<T> {
    return Object.values(tools).every((tool) => tool !== undefined);
}
