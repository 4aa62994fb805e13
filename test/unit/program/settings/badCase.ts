/** Settings that are wrong, and what is said of them. */
export interface BadSettings {
    readonly what: string;
    readonly config: Readonly<Record<string, unknown>>;
    readonly problems: readonly string[];
    readonly stack?: string;
}

/** A case of settings that are wrong in these ways. */
export const one = (
    what: string,
    config: BadSettings["config"],
    ...problems: string[]
): BadSettings => ({
    what,
    config,
    problems,
});
