/** An example that is up, as its check sees it. */
export interface RunningExample {
    /** What its program exports, plain. */
    readonly outputs: Readonly<Record<string, unknown>>;
    /** The example's own folder; the machines' store is `.state/machines` in it. */
    readonly folder: string;
    /** Says one thing that was found to be as it should be. */
    readonly tell: (line: string) => void;
}

/** What `check.ts` of an example exports: throws what was seen in place of what should be. */
export interface ExampleCheck {
    readonly check: (example: RunningExample) => Promise<void>;
}
