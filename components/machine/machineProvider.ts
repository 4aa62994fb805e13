import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { DockerMachine } from "./dockerMachine.ts";
import { unreachableHost } from "../../scripts/protocol/unreachableHost.ts";

/**
 * Declares the provider of a machine's Docker Engine.
 *
 * The provider connects to its engine when it is configured, and since Pulumi 3.265 a run in which that fails
 * ends there, even if it has nothing to do on that machine. So the provider of a machine that does not answer
 * is declared with a host to which it connects only when it is asked for something.
 */
export function machineProvider(
    name: string,
    { machineName, endpoint, ca, cert, key }: DockerMachine,
    parent: pulumi.Resource,
    unreachable = false,
): docker.Provider {
    return unreachable
        ? silentProvider(name, machineName, parent)
        : new docker.Provider(
              name,
              {
                  host: endpoint,
                  caMaterial: ca,
                  certMaterial: cert,
                  keyMaterial: key,
                  context: noContext,
              },
              { parent },
          );
}

/** Declares the provider of a machine that does not answer. */
export function silentProvider(
    name: string,
    machineName: string,
    parent: pulumi.Resource,
): docker.Provider {
    const host = unreachableHost(machineName);
    return new docker.Provider(name, { host, context: noContext }, { parent });
}

/** An empty context: one of the operator's would win over the host. */
const noContext = "";
