import * as pulumi from "@pulumi/pulumi";
import { ownStackName, ownState } from "../components/pulumi/ownState.ts";
import { property } from "../scripts/system/json.ts";

/** Outputs of a stack by name; those that are secret in clear. */
export type StackOutputs = Readonly<Record<string, unknown>>;

/**
 * The outputs that a stack had after its last run. Asked of the engine by the function behind `StackReference`: a
 * reference would be a resource of its own in the stack, a change of every existing one, and would end the program where
 * there is no such stack. It answers alike in a preview, an update, a refresh and a destroy that run the program, and
 * with nothing for a stack without outputs.
 *
 * @param name as Pulumi takes it: `organization/project/stack`, or as much of it as it needs.
 * @throws Error where there is no such stack, or its secrets cannot be decrypted.
 */
export async function stackOutputs(name: string): Promise<StackOutputs> {
    const answer: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
    const outputs = property(answer, "outputs");
    return typeof outputs === "object" && outputs !== null ? { ...outputs } : {};
}

/** The outputs that this stack itself had after its last run that succeeded; none for a new one. */
export function ownOutputs(): Promise<StackOutputs> {
    return stackOutputs(ownStackName());
}

/**
 * The outputs that each resource of this stack has in its state, those of a run that failed included: the stack's own
 * outputs are of the last run that succeeded.
 */
export async function ownResourceOutputs(): Promise<StackOutputs[]> {
    return (await ownState()).map(({ outputs }) => outputs);
}
