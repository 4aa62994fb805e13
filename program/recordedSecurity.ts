import * as pulumi from "@pulumi/pulumi";
import type { Security } from "../scripts/protocol/security.ts";
import { stackOutputs, type StackOutputs } from "./stackOutputs.ts";

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

function ownOutputs(): Promise<StackOutputs> {
    const name = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()].join("/");
    return stackOutputs(name);
}
