import { obtain, ToolMissing, type ObtainOptions, type Tool } from "./obtain.ts";

/** Several tools are missing; each is named, with what to do about it. */
export class ToolsMissing extends Error {
    readonly missing: readonly ToolMissing[];

    constructor(missing: readonly ToolMissing[]) {
        super(missing.map(({ message }) => message).join("\n\n"));
        this.name = "ToolsMissing";
        this.missing = missing;
    }
}

/**
 * Gets one tool after another, and remembers which are missing: from the first of them on, nothing
 * is fetched or built any more, for it would be of no use.
 */
export class Collector {
    readonly #options: ObtainOptions;
    readonly #missing: ToolMissing[] = [];

    constructor(options: ObtainOptions) {
        this.#options = options;
    }

    /** Gets a tool; undefined where it is missing. */
    async get<T>(tool: Tool<T>): Promise<T | undefined> {
        const mode = this.#missing.length > 0 ? ({ only: "find" } as const) : {};
        try {
            return await obtain(tool, { ...this.#options, ...mode });
        } catch (error) {
            if (!(error instanceof ToolMissing)) {
                throw error;
            }
            this.#missing.push(error);
            return undefined;
        }
    }

    /** The tools, when none is missing. */
    whole<T extends object>(tools: T): { [name in keyof T]: NonNullable<T[name]> } {
        if (this.#missing.length > 0) {
            throw new ToolsMissing(this.#missing);
        }
        return tools as { [name in keyof T]: NonNullable<T[name]> };
    }
}
