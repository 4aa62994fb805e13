import type * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterRequest } from "../../scripts/protocol/requests.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";

/** What a cluster's gate waits for. */
export interface ClusterGateArgs {
    /** Its nodes; the gate does not wait for those whose machine is known not to answer: it would block every change. */
    readonly nodes: readonly ConsulNode[];
    readonly contract: ImageContract;
    /** API of a server to ask where the cluster has none of its own. */
    readonly contact: pulumi.Output<string>;
    /** File with the rights to ask it, in a secured cluster. */
    readonly access: string | undefined;
    /** What has to be done first, besides what each node waits for. */
    readonly after: readonly pulumi.Resource[];
}

/** Declares the gate of a cluster: all of its nodes are there, and a leader. */
export function declareClusterGate(
    name: string,
    { nodes, contract, contact, access, after }: ClusterGateArgs,
    parent: pulumi.Resource,
): command.local.Command {
    const answering = nodes.filter(({ machine }) => !machine.isUnreachable);
    const clients = answering.filter(({ role }) => role === "client");
    const servers = answering.filter(({ role }) => role === "server");
    const [asked] = servers;
    const contactName = access === undefined ? undefined : (asked?.askThrough ?? asked?.nodeName);
    const request = pulumi
        .all([
            Object.fromEntries(servers.map((node) => [node.nodeName, node.httpAddress])),
            asked?.httpAddress ?? contact,
        ])
        .apply(([addresses, address]): ClusterRequest => ({
            servers: addresses,
            clients: clients.map(({ nodeName }) => nodeName),
            contact: address,
            contactName,
            access,
            api: contract.api,
        }));
    return scriptCommand(
        `${name}-cluster-ready`,
        { up: "cluster ready", request, identity: nodes.map(({ agent }) => agent.id) },
        {
            parent,
            dependsOn: [...nodes.map(({ ready }) => ready), ...after],
            aliases: [{ name: `${name}-whole` }],
        },
    );
}
