/** Whatever is of one of the machines that a node has had, one after another. */
export interface OfGeneration {
    /** Counted from 1; absent for the first. */
    readonly generation?: number | undefined;
}

/** Which of a node's machines it is of. */
export function generationOf({ generation = 1 }: OfGeneration): number {
    return generation;
}

/** Why a machine that answers is not given up for one of another generation. */
export function livingProblem(machine: string, before: number, now: number): string {
    return (
        `${machine}: generation ${now} is declared, but its machine of generation ${before} ` +
        "answers. Only a machine that is lost is given up like this: state generation " +
        `${before}, and replace the machine as docs/replace.md says of one that works.`
    );
}
