import * as pulumi from "@pulumi/pulumi";
import type { ServicesRequest } from "../../scripts/protocol/requests.ts";
import { goesWith, ofGeneration } from "../machine/dockerMachine.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import type { ConsulNode } from "./consulNode.ts";
import type { ServiceArgs } from "./serviceArgs.ts";
import { serviceDefinition } from "./serviceDefinition.ts";
import { carriesSecret } from "./serviceSecrets.ts";

/**
 * Registers a node's services with its agent, over the HTTP API: the agent keeps them in its data,
 * beyond its own restarts, and changing them does not replace its container. What was registered here
 * and is no longer declared is removed; what others registered is not touched.
 *
 * It waits for the cluster's gate: without a leader no agent registers anything, and the first server
 * of a new cluster is ready long before there is one.
 *
 * @param isSecret whether the services have secrets in them, as the header of a check may.
 * @returns what registers them; nothing where there are none.
 */
export function registerServices(
    name: string,
    node: ConsulNode,
    services: readonly ServiceArgs<pulumi.Input<string>>[],
    isSecret = false,
): pulumi.Resource[] {
    if (services.length === 0) {
        return [];
    }
    const { nodeName, machine, secured } = node;
    // However they were given. The type of resolved services is too deep for the compiler.
    const known =
        isSecret || services.some(carriesSecret)
            ? pulumi.secret<unknown>(services)
            : pulumi.output<unknown>(services);
    const request = pulumi
        // The container too: a new one may have lost them.
        .all([node.httpAddress, node.address, node.agent.id, secured?.tokens, known])
        .apply(([httpAddress, address, container, tokens, declared]): ServicesRequest => {
            const rights = secured && { access: secured.access, tokens };
            const definitions = (areServices(declared) ? declared : []).map((service) =>
                serviceDefinition(service, { address, nodeName }),
            );
            return { nodeName, httpAddress, container, services: definitions, ...rights };
        });
    const registered = scriptCommand(
        ofGeneration(name, node.generation),
        { up: "services register", down: "services remove", request },
        { parent: node, dependsOn: node.gates, ...goesWith(machine.command) },
    );
    return [registered];
}

function areServices(resolved: unknown): resolved is readonly ServiceArgs[] {
    return Array.isArray(resolved);
}
