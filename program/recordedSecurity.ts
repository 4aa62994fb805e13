import type { Security } from "../scripts/protocol/security.ts";
import type { StackOutputs } from "./stackOutputs.ts";

/**
 * How far this stack's cluster was secured when it was brought up last; undefined where it has none yet.
 *
 * The program's output `security` has it. A stack with outputs and not this one is of an earlier version, all of whose
 * clusters are open. Pulumi keeps the outputs of the last run that succeeded: one that failed changes none of them.
 */
export function recordedSecurity(outputs: StackOutputs): Security | undefined {
    if (Object.keys(outputs).length === 0) {
        return undefined;
    }
    return outputs.security === "full" ? "full" : "open";
}
