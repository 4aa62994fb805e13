/** The shells for which lines can be printed. */
export const shells = ["posix", "fish", "powershell"] as const;

/** What a shell is told. */
export type Shell = (typeof shells)[number];
