import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { runScript } from "../pulumi/runScript.ts";

/**
 * Has a server of an open cluster cleared where its API was, if its port changes: at the port to come nothing answers yet,
 * and a server that does not answer is replaced without a look at the quorum. The Command of its clearance knows only
 * what is declared now, and the file that tells a secured cluster's scripts where its machines are is not there.
 *
 * @param name of its clearance: the beginning of the hook's name.
 * @param others what else is hooked to that Command; what is to be done before goes first.
 * @returns hooks of that Command.
 */
export function clearedWhereItWas(
    name: string,
    others: pulumi.ResourceHookBinding = {},
): pulumi.ResourceHookBinding {
    const cleared = new pulumi.ResourceHook(`${name}-before`, async ({ oldInputs, newInputs }) => {
        const [before, now] = [oldInputs, newInputs].map(
            (inputs) => inputsSchema.safeParse(inputs).data?.stdin,
        );
        if (before !== undefined && now !== undefined && isMoved(before, now)) {
            await runScript("server clear", before);
        }
    });
    return { ...others, beforeUpdate: [...(others.beforeUpdate ?? []), cleared] };
}

/** A request about an agent. */
const requestSchema = z.looseObject({ httpAddress: z.url() });

/** What a Command of ours has: its script's request as a text. */
const inputsSchema = z.object({
    stdin: z
        .string()
        .transform((text, context): unknown => {
            try {
                return JSON.parse(text);
            } catch {
                context.addIssue("no JSON");
                return z.NEVER;
            }
        })
        .pipe(requestSchema),
});

type AgentRequest = z.infer<typeof requestSchema>;

/** Whether two requests are about one host, and another port of its API. */
function isMoved(before: AgentRequest, now: AgentRequest): boolean {
    const [one, other] = [new URL(before.httpAddress), new URL(now.httpAddress)];
    const isSameHost = one.protocol === other.protocol && one.hostname === other.hostname;
    return isSameHost && one.port !== other.port;
}
