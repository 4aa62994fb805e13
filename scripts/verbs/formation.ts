import type { Formation } from "../protocol/formation.ts";

/** Answers with what it was given: the answer stays in the stack's state, the request may change. */
export function recordFormation(formation: Formation): Promise<Formation> {
    return Promise.resolve(formation);
}
