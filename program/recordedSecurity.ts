import * as pulumi from "@pulumi/pulumi";
import type { Security } from "../scripts/protocol/security.ts";
import { property } from "../scripts/system/json.ts";

/** Outputs of a stack by name. */
export type StackOutputs = Readonly<Record<string, unknown>>;

/**
 * How far this stack's cluster was secured when it was brought up last; undefined where it has none yet.
 *
 * The program's output `security` has it. A stack with outputs and not this one is of an earlier version, all of whose
 * clusters are open. Pulumi keeps the outputs of the last run that succeeded: one that failed changes none of them.
 */
export async function recordedSecurity(
    read: () => Promise<StackOutputs> = ownOutputs,
): Promise<Security | undefined> {
    const outputs = await read();
    if (Object.keys(outputs).length === 0) {
        return undefined;
    }
    return outputs.security === "full" ? "full" : "open";
}

/**
 * The outputs that this stack had before this run. Asked of the engine by the function behind `StackReference`: a
 * reference would be a resource of its own in the stack, and a change of every existing one. It answers alike in a
 * preview, an update, a refresh and a destroy that run the program, and with nothing for a stack without outputs.
 */
async function ownOutputs(): Promise<StackOutputs> {
    const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    const outputs = property(answer, "outputs");
    return typeof outputs === "object" && outputs !== null ? { ...outputs } : {};
}
