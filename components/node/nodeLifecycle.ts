import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { reloadableFile } from "../../scripts/protocol/agentFiles.ts";
import type {
    AgentRequest,
    ClearanceRequest,
    ContainerRef,
    MembershipRequest,
    SnapshotPlace,
} from "../../scripts/protocol/requests.ts";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { ImageContract } from "../agent/imageContract.ts";
import { goesWith, laterGeneration } from "../machine/dockerMachine.ts";
import type { Placement } from "../machine/placement.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { clearedWhereItWas } from "./movedApi.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";
import { keptSecret } from "./secretArgs.ts";

/** A node whose agent starts, is replaced and leaves. */
export interface LifecycleArgs {
    readonly args: NodeAgentArgs;
    readonly placement: Placement;
    readonly contract: ImageContract;
    /** The configuration that a running agent reloads. */
    readonly reloadable: JsonObject;
    /** Counts the node's machines. */
    readonly generation: number;
    /** Its container. */
    readonly container: ContainerRef;
}

/** The Commands of a node: they wait for its agent, clear it for a change, and have it leave. */
export class NodeLifecycle {
    readonly #node: LifecycleArgs;
    readonly #parent: pulumi.Resource;

    constructor(node: LifecycleArgs, parent: pulumi.Resource) {
        this.#node = node;
        this.#parent = parent;
    }

    /**
     * Declares the gate: the agent answers and, once the cluster has formed, the other servers know it.
     *
     * @param agent its container: another one is waited for again.
     * @param hooks of the Command. @default none
     */
    gate(
        name: string,
        agent: pulumi.CustomResource,
        hooks?: pulumi.ResourceHookBinding,
    ): pulumi.Resource {
        const { args, placement, contract, reloadable } = this.#node;
        const { nodeName, role, laterServers: later = [] } = args;
        const { queryVia: askThrough, machine } = placement;
        const { api, electionFile } = contract;
        // In an open cluster the container's arguments name them.
        const joined = args.secured === undefined ? [] : (args.externalServers ?? []);
        const request = pulumi
            .all([
                placement.httpAddress,
                args.otherServers,
                args.bootstrapExpect,
                joined,
                args.peerAddresses,
                keptSecret(args.agent, "agentConfig", reloadable),
            ])
            .apply(([httpAddress, servers, expect, others, peers = {}, config]): AgentRequest => ({
                nodeName,
                role,
                httpAddress,
                askThrough,
                access: args.secured?.access,
                api,
                servers,
                ...(others.length === 0 ? {} : { joined: others }),
                ...(askThrough === undefined && later.length > 0 ? { later } : {}),
                log: this.#node.container,
                binary: machine.store.dockerMachine,
                reloadable: { file: reloadableFile, config },
                ...(expect === 1 ? { electionFile } : {}),
                ...(Object.keys(peers).length === 0 ? {} : { peerAddresses: peers }),
            }));
        return scriptCommand(
            name,
            {
                up: askThrough === undefined ? "agent ready" : "agent seen",
                // Another list of servers is no reason to wait again: this node did not change.
                change: "agent known",
                request,
                identity: [agent.id],
            },
            {
                parent: this.#parent,
                dependsOn: [agent],
                ...(hooks === undefined ? {} : { hooks }),
                ...goesWith(machine.command),
            },
        );
    }

    /**
     * Declares what happens before a server's container is replaced: the quorum is checked, leadership
     * is transferred. It runs only when a part of the container has changed, and never at first.
     *
     * @param parts everything whose change replaces the container.
     * @param after what the server starts after: it is not touched before those are healthy.
     * @param hooks of the Command.
     */
    clearance(
        name: string,
        parts: pulumi.Input<object>,
        after: readonly pulumi.Resource[],
        hooks: pulumi.ResourceHookBinding,
    ): pulumi.Resource {
        const { args, placement, contract } = this.#node;
        const { nodeName } = args;
        const { queryVia: askThrough, machine } = placement;
        const snapshots = this.#snapshots;
        const { api } = contract;
        const request = pulumi
            .all([placement.httpAddress, parts, args.otherServers, args.peerAddresses])
            .apply(([httpAddress, all, others, peers = {}]): ClearanceRequest => {
                const container = createHash("sha256").update(JSON.stringify(all)).digest("hex");
                const where = { nodeName, httpAddress, askThrough };
                const rights = { access: args.secured?.access, api };
                // One alone: whatever changes in this request has the server cleared.
                const [other] = Object.entries(others);
                const isElsewhere = other !== undefined && Object.keys(peers).length > 0;
                const witness = isElsewhere ? { witness: Object.fromEntries([other]) } : {};
                return { ...where, ...rights, container, snapshots, ...witness };
            });
        return scriptCommand(
            name,
            { change: "server clear", request },
            {
                parent: this.#parent,
                dependsOn: [...after],
                // A secured cluster's scripts find it by the store that its file of rights is in.
                hooks: args.secured === undefined ? clearedWhereItWas(name, hooks) : hooks,
                ...goesWith(machine.command),
            },
        );
    }

    /**
     * Declares the node's place in the cluster. Making it does nothing, for an agent joins by itself;
     * removing it makes the node leave, before its container and machine are removed. A new machine is
     * a new member: the old one leaves first, and one after another where several are replaced.
     *
     * @param ready the node's gate.
     */
    membership(name: string, ready: pulumi.Resource): pulumi.Resource {
        const { args, placement, contract, generation } = this.#node;
        const { nodeName, role, externalServers = [] } = args;
        const { queryVia: askThrough, machine } = placement;
        const request = pulumi
            .all([placement.httpAddress, args.otherServers, externalServers])
            .apply(([httpAddress, servers, joined]): MembershipRequest => ({
                nodeName,
                role,
                httpAddress,
                askThrough,
                access: args.secured?.access,
                servers,
                agent: this.#node.container,
                api: contract.api,
                ...(joined.length === 0 ? {} : { joined }),
                owner: machine.store.owner,
                ...(role === "server" ? { snapshots: this.#snapshots } : {}),
                ...laterGeneration(generation),
            }));
        return scriptCommand(
            name,
            // Not `replaceWith`: only by a value of the machine's does the engine find this also where
            // the machine itself goes with the host below it, and removes this first.
            {
                down: askThrough === undefined ? "member leave" : "member withdraw",
                request,
                identity: [machine.command.id],
            },
            // Each waits for those that leave before it, and for their replacements to be back.
            { parent: this.#parent, dependsOn: [ready], customTimeouts: { delete: "2h" } },
        );
    }

    get #snapshots(): SnapshotPlace | undefined {
        const { datacenter, snapshots: folder } = this.#node.args.agent;
        return folder === undefined ? undefined : { folder, datacenter };
    }
}
