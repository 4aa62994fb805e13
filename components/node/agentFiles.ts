import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { agentUser, configFile, type AgentFile } from "../../scripts/protocol/agentFiles.ts";
import { configLabel } from "../../scripts/protocol/labels.ts";
import type { ContainerRef } from "../../scripts/protocol/requests.ts";
import type { AgentFilesRequest, Rotation } from "../../scripts/protocol/security.ts";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import type { Role } from "../agent/ports.ts";
import { goesWith } from "../machine/dockerMachine.ts";
import type { Placement } from "../machine/placement.ts";
import { scriptCommand, type ScriptCommand } from "../pulumi/scriptCommand.ts";
import {
    filesDigest,
    filesOf,
    resolveFiles,
    secretDigest,
    type DeclaredFile,
} from "./broughtFiles.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";
import { hasSecrets, keptSecret } from "./secretArgs.ts";
import type { AgentSecurity } from "./nodeSecurity.ts";

/** What the files of a secured cluster's agent are made of. */
export interface AgentFilesArgs {
    readonly args: Pick<
        NodeAgentArgs,
        "nodeName" | "role" | "agent" | "otherServers" | "firstServers"
    >;
    readonly secured: AgentSecurity;
    readonly placement: Placement;
    /** Its container, which may not exist yet. */
    readonly container: ContainerRef;
    /** What the agent is started with. */
    readonly config: JsonObject;
    /** What has to be there first: the image, the volumes, and all that the agent starts after. */
    readonly after: readonly pulumi.Resource[];
    /** Those of the Command that writes them. */
    readonly hooks: pulumi.ResourceHookBinding;
}

/**
 * Digest of what a running agent does not reload: another one replaces its container. A server takes the first
 * management token at its start alone.
 */
export function restartDigest(config: JsonObject, role: Role, rotation: Rotation): string {
    return sha256(restartText(config, role, rotation));
}

function restartText(config: JsonObject, role: Role, { management, seed }: Rotation): string {
    return JSON.stringify(config) + (role === "server" ? ` ${seed}/${management}` : "");
}

function sha256(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}

/** The same with the files that an operator brings: another one of them replaces the container too. */
function containerDigest(
    { role, agent }: Pick<NodeAgentArgs, "role" | "agent">,
    config: JsonObject,
    rotation: Rotation,
): pulumi.Input<string> {
    const text = restartText(config, role, rotation);
    const own = hasSecrets(agent, "agentConfig") ? secretDigest(text) : sha256(text);
    const files = filesDigest(filesOf(agent));
    return files === undefined
        ? own
        : pulumi.output(files).apply((digest) => sha256(`${own} ${digest}`));
}

/**
 * Declares what writes the files of a secured cluster's agent onto its volumes: its configuration, its tokens, its
 * certificate with the key that is made on the way, and the gossip keys. They come from the cluster's access file,
 * so that none of them is in the request. A running agent reloads what it can.
 */
export function declareAgentFiles(
    name: string,
    { args, secured, placement, container, config, after, hooks }: AgentFilesArgs,
    parent: pulumi.Resource,
): ScriptCommand {
    const { nodeName, role, agent, firstServers = args.otherServers } = args;
    const { access, rotation, renewal, written, authorityDigest, joinedDigest } = secured;
    const { machine, queryVia: askThrough, volumeName, configVolumeName } = placement;
    const request = pulumi
        .all([
            placement.httpAddress,
            firstServers,
            certifiedAddresses(placement, joinedDigest !== undefined),
            authorityDigest,
            joinedDigest,
            keptSecret(agent, "agentConfig", config),
            containerDigest(args, config, rotation),
            resolveFiles(filesOf(agent)),
        ])
        .apply(
            ([httpAddress, servers, addresses, authority, joined, ...its]): AgentFilesRequest => ({
                nodeName,
                httpAddress,
                askThrough,
                access,
                role,
                servers: reachedServers(servers, httpAddress, nodeName, askThrough),
                agent: container,
                owner: machine.store.owner,
                image: agent.image.reference,
                volumes: { config: configVolumeName, data: volumeName },
                ...contentOf(its),
                addresses,
                rotation,
                binary: machine.store.dockerMachine,
                renewal,
                ...(authority === undefined ? {} : { authorityDigest: authority }),
                ...(joined === undefined ? {} : { joinedDigest: joined }),
            }),
        );
    return scriptCommand(
        name,
        { up: "agent configure", request },
        { parent, dependsOn: [written, ...after], hooks, ...goesWith(machine.command) },
    );
}

/** The parts of the request that an operator decides. */
function contentOf([config, digest, files]: readonly [object, string, readonly AgentFile[]]): Pick<
    AgentFilesRequest,
    "config" | "digest" | "files"
> {
    return { config, ...(files.length === 0 ? {} : { files }), digest };
}

/** The other servers that are reached themselves: of nodes that share a machine, only one is. */
function reachedServers(
    others: Readonly<Record<string, string>>,
    httpAddress: string,
    nodeName: string,
    askThrough: string | undefined,
): Readonly<Record<string, string>> {
    if (askThrough === undefined) {
        return others;
    }
    return askThrough === nodeName ? {} : { [askThrough]: httpAddress };
}

/**
 * Where the agent is asked, by its peers and, where it publishes its API, from outside.
 *
 * @param isJoined whether its certificate is of an authority that another stack's cluster gives: none of those may sign
 *     host names of one's own.
 */
function certifiedAddresses(
    { address, machine, ports }: Placement,
    isJoined: boolean,
): pulumi.Output<string[]> {
    const outside = ports.length > 0 ? [machine.address, machine.reach] : [];
    return pulumi
        .all([address, ...outside])
        .apply((all) => [...new Set(all)].filter((host) => !isJoined || isIP(host) > 0));
}

/**
 * The parts of an agent's container that depend on where its configuration is: in the container itself, or on a volume,
 * where the digest in its label tells what it was started with.
 */
export function configuredContainer(
    { configVolume }: ImageContract,
    { configVolumeName }: Placement,
    args: Pick<NodeAgentArgs, "role" | "agent" | "secured">,
    config: JsonObject,
) {
    const { agent, secured } = args;
    if (secured === undefined || configVolume === undefined) {
        const text = `${JSON.stringify(config, null, 2)}\n`;
        const content = hasSecrets(agent, "agentConfig") ? pulumi.secret(text) : text;
        const uploads = [{ file: configFile, content }, ...filesOf(agent).map(uploadOf)];
        return { volumes: [], labels: {}, uploads };
    }
    return {
        ...hardenedContainer,
        volumes: [{ volumeName: configVolumeName, containerPath: configVolume }],
        labels: { [configLabel]: containerDigest(args, config, secured.rotation) },
    };
}

/** A file as the provider takes it. The official image runs the agent as this user, a bare one as root. */
function uploadOf({ path, text, mode }: DeclaredFile) {
    return {
        file: path,
        content: text,
        permissions: `0${mode.toString(8)}`,
        owner: String(agentUser.uid),
        group: String(agentUser.gid),
    };
}

/**
 * What the container of a secured cluster's agent may do: write its own volumes and `/tmp`, to which Consul writes
 * snapshots on their way.
 */
const hardenedContainer: Pick<
    docker.ContainerArgs,
    "user" | "capabilities" | "securityOpts" | "readOnly" | "tmpfs"
> = {
    user: `${agentUser.uid}:${agentUser.gid}`,
    capabilities: { drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    readOnly: true,
    tmpfs: { "/tmp": "" },
};
