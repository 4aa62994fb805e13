/** What makes a run impossible, found in a value that the program did not know when it was started. */
export interface Refusal {
    /** What is wrong, and the way out. */
    readonly problem: string;
}

/**
 * Fails, so that the engine goes no further and deletes nothing.
 *
 * @throws Error with the problem.
 */
export function refuseProgram({ problem }: Refusal): Promise<never> {
    return Promise.reject(new Error(problem));
}
