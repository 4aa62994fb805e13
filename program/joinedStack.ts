import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { joinBundleProblems } from "../components/cluster/joinedSecurity.ts";
import type { JoinBundle } from "../scripts/protocol/security.ts";
import { property } from "../scripts/system/json.ts";
import { describeError } from "../scripts/system/progress.ts";
import { problem } from "./settings/problems.ts";
import type { Settings } from "./settings/settings.ts";
import { stackOutputs, type StackOutputs } from "./stackOutputs.ts";

/** The cluster that the setting `joinStack` names. */
export interface JoinedStack {
    /** What its stack gives. Secret. @default there is no such setting, or something is wrong with it */
    readonly joinCluster?: pulumi.Output<JoinBundle>;
    /** What is wrong with it, a line each. */
    readonly problems: readonly string[];
}

const text = z.string().min(1);
const pair = z.object({ certificate: text, key: text });

/** What a program of this version exports as `joinBundle`; a later one may have more in it. */
const bundleSchema: z.ZodType<JoinBundle> = z.object({
    datacenter: text,
    domain: text,
    servers: z.record(z.string(), text),
    peerAddresses: z.record(z.string(), text).exactOptional(),
    dnsPort: z.number().exactOptional(),
    caCertificate: text,
    gossipKey: text,
    tokens: z.object({ agent: text, operate: text, services: text, metrics: text }),
    authorities: z.object({ client: pair, server: pair }),
});

/**
 * What the stack gives whose cluster this one joins, read before anything is declared.
 *
 * @param read outputs of a stack by its full name; it fails where there is no such stack.
 */
export async function joinedStack(
    settings: Pick<Settings, "joinStack" | "datacenter" | "agentConfig" | "nodes">,
    read: (name: string) => Promise<StackOutputs> = stackOutputs,
): Promise<JoinedStack> {
    const { joinStack } = settings;
    const wrong = (rule: string): JoinedStack => ({
        problems: [problem("joinStack", joinStack, rule)],
    });
    if (joinStack === "") {
        return { problems: [] };
    }
    const own = [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()];
    const name = fullName(joinStack, own);
    if (name === own.join("/")) {
        return wrong("the name of another stack; this is its own");
    }
    let outputs: StackOutputs;
    try {
        outputs = await read(name);
    } catch (error) {
        return wrong(
            `the outputs of "${name}" cannot be read (${oneLine(describeError(error))}); name a stack that this Pulumi ` +
                "backend has, and whose secrets it can decrypt",
        );
    }
    const reason = refusal(outputs);
    if (reason !== undefined) {
        return wrong(reason);
    }
    const bundle = bundleSchema.safeParse(outputs.joinBundle).data;
    if (bundle === undefined) {
        return wrong(
            "what that stack gives to join it (its output joinBundle) is not as this version knows it; run `pulumi up` " +
                "in it with this one",
        );
    }
    const problems = [...joinBundleProblems(bundle, settings), ...nameProblems(settings, outputs)];
    return problems.length > 0 ? { problems } : { joinCluster: pulumi.secret(bundle), problems };
}

/** Nodes of one cluster have names of their own. */
function nameProblems(
    { joinStack, nodes }: Pick<Settings, "joinStack" | "nodes">,
    outputs: StackOutputs,
): string[] {
    const { servers, clients = [] } = nodes;
    return [...servers, ...clients].flatMap(({ name }) =>
        property(outputs.nodes, name) === undefined
            ? []
            : [
                  problem(
                      "name",
                      name,
                      `a node of ${joinStack} has that name already; list the nodes, and name this one otherwise`,
                  ),
              ],
    );
}

/** A stack's name with all its parts: those that are left out are this stack's. Pulumi itself would take the first of
 * two for an organization. */
function fullName(stated: string, own: readonly string[]): string {
    const parts = stated.split("/");
    return [...own.slice(0, own.length - parts.length), ...parts].join("/");
}

/** Why a stack with these outputs has no cluster that can be joined; undefined where it may have one. */
function refusal(outputs: StackOutputs): string | undefined {
    const { nodes, security, joinBundle } = outputs;
    if (typeof nodes !== "object" || nodes === null) {
        return "that stack has no cluster of this program, or none yet: run `pulumi up` in it first";
    }
    const servers = Object.values(nodes).filter((node) => property(node, "role") === "server");
    if (servers.length === 0) {
        return "that stack has no servers: it joins a cluster itself, so name the stack of that one";
    }
    if (security !== "full") {
        return 'the cluster of that stack is open; join it by the addresses of its servers, with "join" and "security: open"';
    }
    if (joinBundle === undefined) {
        return (
            "the cluster of that stack cannot be joined: it is on one machine, or joins another one itself; or it was " +
            "brought up last by a version that cannot be joined, and `pulumi up` in it puts that right"
        );
    }
    return undefined;
}

function oneLine(message: string): string {
    return message.trim().replaceAll(/\s*\n\s*/g, " ");
}
