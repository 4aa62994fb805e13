import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { ApiVersion, ClearanceRequest, MembershipRequest, SnapshotPlace } from "../../scripts/protocol/requests.ts";
import type { ContainerRef } from "../../scripts/protocol/requests.ts";
import { goesWith, laterGeneration, type DockerMachine } from "../machine/dockerMachine.ts";
import { httpAddressOf } from "../machine/httpAddress.ts";
import type { Role } from "../agent/ports.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";

/** The node whose life goes on. */
export interface LifecycleArgs {
    readonly nodeName: string;
    readonly role: Role;
    readonly httpAddress: pulumi.Output<string>;
    /** The node that answers there in place of this one. @default it answers itself */
    readonly askThrough?: string | undefined;
    readonly machine: DockerMachine;
    /** Counts the node's machines. @default 1 */
    readonly generation?: number | undefined;
    /** Where a snapshot is kept that is taken before a server is replaced. @default none is taken */
    readonly snapshots?: SnapshotPlace | undefined;
    /** The HTTP API of its Consul. @default today's */
    readonly api?: ApiVersion | undefined;
}

/** Whom a node takes leave of. */
export interface MembershipArgs {
    /** HTTP addresses of the other servers, by name. */
    readonly servers: pulumi.Input<Record<string, string>>;
    /** Addresses of servers of another stack, whose cluster the node has joined. @default none */
    readonly joined?: readonly string[] | undefined;
    /** Where the node's container is. */
    readonly agent: ContainerRef;
    /** Whose cluster it is, `project/stack`. */
    readonly owner: string;
}

/**
 * Declares what happens before a server's container is replaced: the quorum is guarded, leadership
 * handed over. It runs only when what the container is made of has changed, and never at first.
 *
 * @param container everything whose change replaces the container.
 * @param after what the server starts after: it is not touched before the one before it is well.
 */
export function clearanceBefore(
    name: string,
    { nodeName, httpAddress, askThrough, machine, snapshots, api }: LifecycleArgs,
    container: pulumi.Input<object>,
    after: readonly pulumi.Resource[],
    parent: pulumi.Resource,
): pulumi.Resource {
    const request = pulumi
        .all([httpAddress, container])
        .apply(([address, parts]): ClearanceRequest => {
            const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
            const where = { httpAddress: address, askThrough, api };
            return { nodeName, ...where, container: digest, snapshots };
        });
    return scriptCommand(
        name,
        { change: "server clear", request },
        { parent, dependsOn: [...after], ...goesWith(machine.command) },
    );
}

/**
 * Declares a node's place in the cluster. Making it takes nothing, for an agent joins by itself;
 * removing it makes the node leave, before its container and machine are removed. A new machine is
 * a new member: the old one leaves first, and one after another where several are replaced.
 */
export function membershipOf(
    name: string,
    { nodeName, role, httpAddress, askThrough, machine, generation, snapshots, api }: LifecycleArgs,
    { servers, joined: addresses = [], agent, owner }: MembershipArgs,
    opts: { readonly parent: pulumi.Resource; readonly dependsOn: pulumi.Resource[] },
): pulumi.Resource {
    const request = pulumi
        .all([httpAddress, servers, pulumi.all(addresses.map(httpAddressOf))])
        .apply(([address, others, theirs]): MembershipRequest => {
            const where = { httpAddress: address, askThrough, servers: others, agent, api };
            const joined = theirs.length === 0 ? {} : { joined: theirs };
            const kept = role === "server" ? { snapshots } : {};
            const which = laterGeneration(generation);
            return { nodeName, role, ...where, ...joined, owner, ...kept, ...which };
        });
    return scriptCommand(
        name,
        // Not `replaceWith`: only by a value of the machine's does the engine find this also where
        // the machine itself goes with the host below it, and removes this first.
        {
            down: askThrough === undefined ? "member leave" : "member withdraw",
            request,
            identity: [machine.command.id],
        },
        // Each waits for all that leave before it, and for those to be back.
        { ...opts, customTimeouts: { delete: "2h" } },
    );
}
