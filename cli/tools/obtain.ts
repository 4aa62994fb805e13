/** What one way of getting a tool came to. */
export type Attempt<T> =
    | {
          readonly got: T;
          /** What was got and from where, for the line shown: `3.260.0 on PATH`. */
          readonly note: string;
      }
    /** Why this way does not lead there, in words that make sense in a list of reasons. */
    | { readonly missed: string };

/** One way of getting a tool. */
export interface Way<T> {
    /** `find` looks only; `fetch` and `build` change something, so they are announced. */
    readonly kind: "find" | "fetch" | "build";
    /** What is about to be done, shown before it is: `building Consul 1.20.6 with Go`. */
    readonly how: string;
    readonly attempt: () => Promise<Attempt<T>>;
}

/** A tool and all ways of getting it, the cheapest and least surprising first. */
export interface Tool<T> {
    readonly name: string;
    readonly ways: readonly Way<T>[];
    /** What a person does when no way led there: exactly what to install, and how. */
    readonly advice: string;
}

/** How much may be done: `find` for a doctor who changes nothing. */
export interface ObtainOptions {
    readonly only?: "find";
    /** Told what was found, one line each. */
    readonly report?: (line: string) => void;
    /** Shows work that may take minutes, for as long as it takes. */
    readonly during?: During;
}

/** Runs work while something shows that it is under way. */
export type During = <T>(what: string, work: () => Promise<T>) => Promise<T>;

/** No way led to a tool: every reason, and what a person can do. */
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

/** Goes the ways to a tool in order until one leads there; throws ToolMissing when none does. */
export async function obtain<T>(tool: Tool<T>, options: ObtainOptions = {}): Promise<T> {
    const { only, report = () => undefined, during = unshown } = options;
    const reasons: string[] = [];
    for (const { kind, how, attempt } of tool.ways) {
        if (only === "find" && kind !== "find") {
            continue;
        }
        const outcome = await settle(
            kind === "find" ? attempt() : during(`${tool.name}: ${how}`, attempt),
        );
        if ("got" in outcome) {
            report(`${tool.name}: ${outcome.note}`);
            return outcome.got;
        }
        reasons.push(`${how}: ${outcome.missed}`);
    }
    throw new ToolMissing(tool.name, reasons, tool.advice);
}

const unshown: During = (_what, work) => work();

async function settle<T>(attempt: Promise<Attempt<T>>): Promise<Attempt<T>> {
    return attempt.catch((error: unknown) => ({ missed: messageOf(error) }));
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
