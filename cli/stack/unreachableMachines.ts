import type { Deployment, Stack } from "@pulumi/pulumi/automation/index.js";
import { z } from "zod";
import { EngineApi } from "../../scripts/docker/engineApi.ts";
import { isUnreachableHost, unreachableHost } from "../../scripts/protocol/unreachableHost.ts";

/** Milliseconds without an answer of a machine's engine after which it counts as unreachable. */
const timeout = 3000;

/** A secret, as an exported state has it in clear: its value is JSON. */
const secret = z
    .object({ plaintext: z.string() })
    .transform((value): unknown => JSON.parse(value.plaintext));
const text = z.union([z.string(), secret.pipe(z.string())]);

/** The provider of a machine's engine. */
const providerSchema = z.looseObject({
    type: z.literal("pulumi:providers:docker"),
    urn: z.string(),
    inputs: z.looseObject({
        host: z.string().startsWith("tcp://"),
        caMaterial: text,
        certMaterial: text,
        keyMaterial: text,
    }),
});

/** The provider of a machine that did not answer. */
const silentSchema = z.object({
    urn: z.string(),
    inputs: z.object({ host: z.string().refine(isUnreachableHost) }),
});

const stateSchema = z.looseObject({ resources: z.array(z.unknown()).default([]) });

/** A provider of a machine's engine, and how its engine is reached. */
type MachineProvider = z.infer<typeof providerSchema>;

/**
 * The machines to which a refresh of the stack could not connect, as their providers have their names: those that do
 * not answer, and those that did not in the last run, for a refresh goes by what that one left.
 */
export async function unreachableMachines(stack: Stack): Promise<string[]> {
    const exported = await stack.exportStack();
    const { silenced } = await withSilentProviders(exported, answers);
    return [...silentProviders(exported), ...silenced].sort();
}

/** The machines whose providers connect to nothing. */
export function silentProviders(exported: Deployment): string[] {
    return stateSchema.parse(exported.deployment ?? {}).resources.flatMap((resource) => {
        const provider = silentSchema.safeParse(resource).data;
        return provider === undefined ? [] : [nameOf(provider)];
    });
}

/**
 * Has a stack's state connect to no machine that does not answer.
 *
 * To delete what is on a machine, the engine loads its provider, which connects; where that fails nothing at all is
 * destroyed, although such a provider is asked for nothing: what is on a machine goes with it.
 *
 * @returns the names of the machines, as their providers have them.
 */
export async function silenceUnreachable(stack: Stack): Promise<string[]> {
    const { deployment, silenced } = await withSilentProviders(await stack.exportStack(), answers);
    if (silenced.length > 0) {
        await stack.importStack(deployment);
    }
    return silenced;
}

/** The same of an exported state, secrets in clear. */
export async function withSilentProviders(
    exported: Deployment,
    isAnswering: (provider: MachineProvider) => Promise<boolean>,
): Promise<{ readonly deployment: Deployment; readonly silenced: string[] }> {
    const state = stateSchema.parse(exported.deployment ?? {});
    const silenced: string[] = [];
    const resources = state.resources.map(async (resource) => {
        const provider = providerSchema.safeParse(resource).data;
        if (provider === undefined || (await isAnswering(provider))) {
            return resource;
        }
        const name = nameOf(provider);
        silenced.push(name);
        const kept = Object.entries(provider.inputs).filter(([key]) => !key.endsWith("Material"));
        const inputs = { ...Object.fromEntries(kept), host: unreachableHost(name) };
        return { ...provider, inputs, outputs: inputs };
    });
    const deployment = { ...state, resources: await Promise.all(resources) };
    return { deployment: { ...exported, deployment }, silenced: silenced.sort() };
}

/** The node, or the machine that all nodes share: `consul-server-2-docker` -> `consul-server-2`. */
function nameOf({ urn }: { readonly urn: string }): string {
    return urn.slice(urn.lastIndexOf("::") + 2).replace(/-docker$/, "");
}

function answers({ inputs }: MachineProvider): Promise<boolean> {
    const { hostname, port } = new URL(inputs.host);
    const { caMaterial: ca, certMaterial: cert, keyMaterial: key } = inputs;
    const engine = new EngineApi({ host: hostname, port: Number(port), tls: { ca, cert, key } });
    return engine.text("/_ping", { timeout }).then(
        () => true,
        () => false,
    );
}
