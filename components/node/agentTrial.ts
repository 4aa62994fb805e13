import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import {
    agentUser,
    configFile,
    reloadableFile,
    type AgentFile,
} from "../../scripts/protocol/agentFiles.ts";
import type { AgentTrial, TrialContainer, TrialFile } from "../../scripts/protocol/agentTrial.ts";
import type { ContainerRef } from "../../scripts/protocol/requests.ts";
import { mergedConfig } from "../agent/agentConfig.ts";
import type { ConfigFiles, ImageContract } from "../agent/imageContract.ts";
import { splitConfig } from "../agent/reloadableConfig.ts";
import { goesWith } from "../machine/dockerMachine.ts";
import type { Placement } from "../machine/placement.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { filesOf, resolveFiles } from "./broughtFiles.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";
import { hasSecrets, keptSecret } from "./secretArgs.ts";

/** A node whose agent is tried before its container is replaced. */
export interface TriedNode {
    readonly args: NodeAgentArgs;
    readonly placement: Placement;
    readonly contract: ImageContract;
    /** Its container. */
    readonly container: ContainerRef;
    readonly files: ConfigFiles;
}

/** A container's arguments once all of them are known. */
type KnownParts = pulumi.Unwrap<docker.ContainerArgs>;

/**
 * What an agent's trial is made of: what its container is, without what others see of it.
 *
 * @param parts those of its container.
 * @returns undefined for an image whose Consul has no `consul validate`.
 */
export function agentTrial(
    node: TriedNode,
    parts: docker.ContainerArgs,
): pulumi.Output<AgentTrial> | undefined {
    const { args, placement, contract, container, files } = node;
    const { nodeName, role, agent, secured } = args;
    if (contract.api !== undefined) {
        return undefined;
    }
    const { agentConfig = {}, allowVersion } = agent;
    const { configLayers = [{ path: "agentConfig", config: agentConfig }] } = args;
    // A client is not tried for what it reloads: it keeps what it has if it refuses that.
    const config = role === "server" ? mergedConfig(files.config, files.reloadable) : files.config;
    const sources = configLayers
        .map(({ path, config: all }) => ({
            path,
            config: role === "server" ? all : splitConfig(all).config,
        }))
        .filter(({ config: some }) => Object.keys(some).length > 0);
    // Only servers are asked about one another: the addresses of servers would have a client tried when they change.
    const servers = role === "server" ? args.otherServers : {};
    const isSecret = hasSecrets(agent, "agentConfig");
    return pulumi
        .all([
            pulumi.output(parts),
            placement.httpAddress,
            placement.address,
            servers,
            // In an open cluster they are among the parts of the container.
            secured === undefined ? [] : resolveFiles(filesOf(agent)),
            keptSecret(agent, "agentConfig", {}),
        ])
        .apply(([known, httpAddress, advertised, others, brought]): AgentTrial => ({
            nodeName,
            httpAddress,
            askThrough: placement.queryVia,
            access: secured?.access,
            role,
            servers: others,
            agent: container,
            owner: placement.machine.store.owner,
            container: trialContainer(node, known, brought),
            config,
            sources,
            flags: {
                server: role === "server",
                node_name: nodeName,
                datacenter: agent.datacenter,
                data_dir: contract.dataDirectory,
                bind_addr: "0.0.0.0",
                advertise_addr: advertised,
            },
            ...(allowVersion === undefined ? {} : { allowVersion }),
            ...(isSecret ? { hasSecrets: true } : {}),
        }));
}

function trialContainer(
    { args: { role }, contract: { dataDirectory, configVolume }, files }: TriedNode,
    known: KnownParts,
    brought: readonly AgentFile[],
): TrialContainer {
    const { image, command = [], envs = [], user, readOnly, capabilities, securityOpts } = known;
    const { tmpfs, memory, volumes = [], uploads = [], entrypoints } = known;
    const isConfigMounted = volumes.some(({ containerPath }) => containerPath === configVolume);
    const own: readonly TrialFile[] = [
        ...(isConfigMounted ? [textFile(configFile, files.config)] : []),
        ...(role === "server" ? [textFile(reloadableFile, files.reloadable)] : []),
    ];
    return {
        image,
        arguments: command,
        environment: envs,
        dataDirectory,
        mounts: volumes.flatMap(({ containerPath }) =>
            containerPath === undefined || containerPath === dataDirectory ? [] : [containerPath],
        ),
        files: [...own, ...brought.map(ofAgent), ...uploads.map(uploaded)],
        ...(entrypoints === undefined ? {} : { entrypoint: entrypoints }),
        ...(user === undefined ? {} : { user }),
        ...(readOnly === undefined ? {} : { readOnly }),
        ...(capabilities === undefined ? {} : { capabilities }),
        ...(securityOpts === undefined ? {} : { securityOpts }),
        ...(tmpfs === undefined ? {} : { tmpfs }),
        ...(memory === undefined ? {} : { memory }),
    };
}

function textFile(path: string, config: object): TrialFile {
    return { path, text: JSON.stringify(config) };
}

/** A file that an operator brings, as it is on a secured node's volume. */
function ofAgent(file: AgentFile): TrialFile {
    return { ...file, owner: [agentUser.uid, agentUser.gid] };
}

/** A file that the provider puts into a container. */
function uploaded(upload: NonNullable<KnownParts["uploads"]>[number]): TrialFile {
    const { file, content = "", permissions, owner, group } = upload;
    const ids: readonly [number, number] | undefined =
        owner === undefined ? undefined : [Number(owner), Number(group ?? agentUser.gid)];
    return {
        path: file,
        text: content,
        ...(permissions === undefined ? {} : { mode: Number.parseInt(permissions, 8) }),
        ...(ids === undefined ? {} : { owner: ids }),
    };
}

/**
 * Declares what tries a client agent before its container is replaced, as {@link AgentTrials} does for servers: clients
 * have no Command that runs before. It does nothing where the container is still to be made.
 *
 * @param after what has to be there first.
 */
export function declareCheck(
    name: string,
    { placement: { machine } }: Pick<TriedNode, "placement">,
    trial: pulumi.Output<AgentTrial>,
    after: readonly pulumi.Resource[],
    parent: pulumi.Resource,
): pulumi.Resource {
    return scriptCommand(
        name,
        { up: "agent check", request: trial },
        { parent, dependsOn: [...after], ...goesWith(machine.command) },
    );
}
