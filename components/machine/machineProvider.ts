import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { unreachableHost } from "../../scripts/protocol/unreachableHost.ts";
import { engineProxy, engineProxyProblem } from "../../scripts/system/proxy.ts";
import { refuse } from "../pulumi/refusal.ts";
import { earlierGenerations, type DockerMachine } from "./dockerMachine.ts";
import { registryAuth, type Registries } from "./registries.ts";

/** What the provider of a machine is declared with besides. */
export interface ProviderSettings {
    /** Counts the node's machines. @default 1 */
    readonly generation?: number | undefined;
    /** With what it logs in to registries. @default nothing */
    readonly registries?: Registries | undefined;
    /** What restarts its engine, with which it connects only after that. @default nothing does */
    readonly after?: readonly pulumi.Resource[] | undefined;
}

/**
 * Declares the provider of a machine's Docker Engine.
 *
 * The provider connects to its engine when it is configured, and since pulumi/pulumi#24556 (September 2026) a run
 * in which that fails ends there, even if it has nothing to do on that machine. So the provider of a machine that
 * does not answer is declared with a host to which it connects only when it is asked for something. For the same
 * reason the provider of a later generation takes the place of the earlier one's, which leads to a lost machine.
 *
 * @param name Pulumi's name of what the machine is for, in its generation.
 */
export function machineProvider(
    name: string,
    { machineName, isUnreachable, endpoint, ca, cert, key }: DockerMachine,
    parent: pulumi.Resource,
    { generation = 1, registries, after = [] }: ProviderSettings = {},
): docker.Provider {
    const aliases = earlierGenerations(name, generation).map((earlier) => ({
        name: providerName(earlier),
    }));
    const options = { parent, aliases, dependsOn: [...after] };
    if (isUnreachable) {
        return silentProvider(name, machineName, options);
    }
    const host =
        engineProxy(process.env) === undefined
            ? endpoint
            : endpoint.apply((url) => {
                  const problem = engineProxyProblem(process.env, [new URL(url).hostname]);
                  const refused = `${providerName(name)}-refused`;
                  return problem === undefined ? url : refuse(refused, problem, parent);
              });
    const tls = { caMaterial: ca, certMaterial: cert, keyMaterial: key };
    const logins = registryAuth(registries);
    const auth = logins === undefined ? {} : { registryAuth: logins };
    const args = { host, ...tls, context: noContext, ...auth };
    return new docker.Provider(providerName(name), args, options);
}

/** Declares the provider of a machine that does not answer. */
export function silentProvider(
    name: string,
    machineName: string,
    options: pulumi.ResourceOptions,
): docker.Provider {
    const host = unreachableHost(machineName);
    return new docker.Provider(providerName(name), { host, context: noContext }, options);
}

/** Pulumi's name of the provider of what has this one. */
function providerName(name: string): string {
    return `${name}-docker`;
}

/** An empty context: one of the operator's would win over the host. */
const noContext = "";
