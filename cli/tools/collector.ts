import { obtain, ToolMissing, type ObtainOptions, type Tool } from "./obtain.ts";

/** Several tools are missing; each is named, with what to do about it. */
export class ToolsMissing extends Error {
    /** The reasons in one line, for a list of skipped tests. */
    readonly reason: string;

    constructor(missing: readonly ToolMissing[], untried: readonly string[]) {
        const rest =
            untried.length > 0
                ? [`Not fetched or built either, for it would be of no use: ${untried.join(", ")}.`]
                : [];
        super([...missing.map(({ message }) => message), ...rest].join("\n\n"));
        this.name = "ToolsMissing";
        this.reason = missing.map(({ reason }) => reason).join("; ");
    }
}

/**
 * Gets one tool after another, and remembers which are missing: from the first of them on, nothing
 * is fetched or built any more, for it would be of no use.
 */
export class Collector {
    readonly #options: ObtainOptions;
    readonly #missing: ToolMissing[] = [];
    readonly #untried: string[] = [];

    constructor(options: ObtainOptions) {
        this.#options = options;
    }

    /** Gets a tool; undefined where it is missing. */
    async get<T>(tool: Tool<T>): Promise<T | undefined> {
        const isLooking = this.#missing.length > 0;
        try {
            return await obtain(tool, {
                ...this.#options,
                ...(isLooking ? { only: "find" } : {}),
            });
        } catch (error) {
            if (!(error instanceof ToolMissing)) {
                throw error;
            }
            if (isLooking && tool.ways.some(({ kind }) => kind !== "find")) {
                this.#untried.push(tool.name);
            } else {
                this.#missing.push(error);
            }
            return undefined;
        }
    }

    /** The tools, when none is missing. */
    whole<T extends object>(tools: T): { [name in keyof T]: NonNullable<T[name]> } {
        if (this.#missing.length > 0) {
            throw new ToolsMissing(this.#missing, this.#untried);
        }
        return tools as { [name in keyof T]: NonNullable<T[name]> };
    }
}
