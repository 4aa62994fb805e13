import * as pulumi from "@pulumi/pulumi";
import type { ServicesRequest } from "../../scripts/protocol/requests.ts";
import type { ConsulNode } from "./consulNode.ts";
import { goesWith } from "../machine/dockerMachine.ts";
import { ofGeneration } from "./nodeNames.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { serviceDefinition, type ServiceArgs } from "./serviceDefinition.ts";

/**
 * Registers a node's services with its agent, over the HTTP API: the agent keeps them in its data,
 * beyond its own restarts, and no change of theirs replaces its container. What was registered here
 * and is no longer declared is taken out; what others registered is not touched.
 *
 * Behind the cluster's gate: while there is no leader, no agent registers anything, and the first
 * server of a new cluster is ready long before that.
 */
export function registerServices(
    name: string,
    node: ConsulNode,
    services: readonly ServiceArgs[],
): void {
    if (services.length === 0) {
        return;
    }
    const { nodeName, machine } = node;
    const request = pulumi
        // The container too: a new one is asked whether it still knows them.
        .all([node.httpAddress, node.address, node.agent.id])
        .apply(([httpAddress, address, container]): ServicesRequest => {
            const definitions = services.map((service) => serviceDefinition(service, address));
            return { nodeName, httpAddress, container, services: definitions };
        });
    scriptCommand(
        ofGeneration(name, node.generation),
        { up: "services register", down: "services remove", request },
        { parent: node, dependsOn: gatesOf(node), ...goesWith(machine.command) },
    );
}

/** What waits for all that a node can do: its own gate, and its cluster's. */
export function gatesOf({ ready, whole }: ConsulNode): pulumi.Resource[] {
    return whole === undefined ? [ready] : [ready, whole];
}
