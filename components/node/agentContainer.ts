import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { portsLabel } from "../../scripts/protocol/labels.ts";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { describePorts, ignoreLabel, portsOf } from "../agent/ports.ts";
import { webUiOf } from "../agent/webUi.ts";
import type { Placement } from "../machine/placement.ts";
import { configuredContainer } from "./agentFiles.ts";
import { containerLimits, statedLogging } from "./containerParts.ts";
import { secretEnvironmentParts } from "./broughtFiles.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";
import { publishedPorts } from "./publishedPorts.ts";

/** Seconds that an agent may take to stop; a server that leaves needs about fourteen. */
const stopSeconds = 30;

/** What an agent's container is made of. */
export interface AgentContainerParts {
    readonly args: NodeAgentArgs;
    readonly placement: Placement;
    readonly contract: ImageContract;
    /** What tells whose it is. */
    readonly labels: Readonly<Record<string, string>>;
    /** What the agent advertises. */
    readonly address: pulumi.Output<string>;
}

/** Labels as the provider takes them, sorted. */
export function labelList(labels: Readonly<Record<string, string>>) {
    return Object.entries(labels)
        .sort()
        .map(([label, value]) => ({ label, value }));
}

/**
 * The arguments of an agent's container. A change of any of them, but those that an engine updates in place, replaces
 * it.
 *
 * @param config what the agent is started with.
 */
export function agentContainer(
    { args, placement, contract, labels: ownLabels, address }: AgentContainerParts,
    config: JsonObject,
): docker.ContainerArgs {
    const { nodeName, role, agent } = args;
    const { containerName, volumeName, networks, machine } = placement;
    const { dataDirectory, environment = {} } = contract;
    const command = pulumi
        .all([address, args.bootstrapExpect, args.join])
        .apply(([advertise, bootstrapExpect, join]) => {
            const among = { datacenter: agent.datacenter, advertise, join };
            const ui = webUiOf(agent.agentConfig).isConsuls;
            return contract.command({ role, nodeName, ...among, bootstrapExpect, ui });
        });
    const ports = publishedPorts(machine, portsOf(role, placement.ports), contract);
    const where = configuredContainer(contract, placement, args, config);
    const { volumes, labels, ...rest } = where;
    const { environment: ofSecrets, ...start } = secretEnvironmentParts(agent);
    return {
        name: containerName,
        image: agent.image.reference,
        command,
        hostname: nodeName,
        ports,
        ...(networks === undefined ? {} : { networksAdvanced: networks }),
        volumes: [{ volumeName, containerPath: dataDirectory }, ...volumes],
        ...rest,
        ...statedLogging(args),
        ...containerLimits(agent.container),
        ...start,
        envs: Object.entries({ ...agent.environment, ...ofSecrets, ...environment })
            .sort()
            .map(([key, value]) => `${key}=${value}`),
        labels: pulumi.all([ports, labels]).apply(([bindings, ofConfig]) =>
            labelList({
                [ignoreLabel]: "true",
                ...agent.labels,
                [portsLabel]: describePorts(bindings),
                ...ofConfig,
                ...ownLabels,
            }),
        ),
        restart: "unless-stopped",
        destroyGraceSeconds: stopSeconds,
        // Asks the agent alone. A check on the leader would make every agent unhealthy when
        // quorum is lost, and restarts because of that would make it worse.
        healthcheck: {
            tests: ["CMD", "consul", "members"],
            interval: "30s",
            timeout: "10s",
            startPeriod: "30s",
            retries: 3,
        },
    };
}
