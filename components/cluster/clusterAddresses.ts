import * as pulumi from "@pulumi/pulumi";
import type { Formation } from "../../scripts/protocol/formation.ts";
import type { SecuredNode } from "../../scripts/protocol/security.ts";
import type { ConsulNode } from "../node/consulNode.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import { joinTargets, type ClusterPlan, type PlannedNode } from "./clusterPlan.ts";

/** Outputs of a node that is declared later. */
interface NodeAddresses extends PlannedNode {
    readonly http: pulumi.Output<string>;
    readonly join: pulumi.Output<string>;
    readonly place: pulumi.Output<SecuredNode>;
    readonly peer: pulumi.Output<Readonly<Record<string, string>>>;
    readonly resolve: (node: ConsulNode) => void;
}

/**
 * Where the nodes of a cluster are, for one another. A node also needs addresses of servers that are
 * declared after it, so each is an output from the start, resolved once its node is declared.
 */
export class ClusterAddresses {
    readonly #nodes: readonly NodeAddresses[];

    constructor({ servers, clients }: ClusterPlan) {
        this.#nodes = [...servers, ...clients].map(deferredAddresses);
    }

    /** Adds where this node is; every planned node is to be added once. */
    add(node: ConsulNode): void {
        this.#find(node.nodeName)?.resolve(node);
    }

    /** APIs of the servers, or of all but one, by name. */
    ofServers(except?: string): pulumi.Output<Record<string, string>> {
        return this.#apis(({ name, role }) => role === "server" && name !== except);
    }

    /** APIs of the servers of the first election but one, by name; where all of those are gone, of today's. */
    ofFirstServers({ servers }: Formation, except: string): pulumi.Output<Record<string, string>> {
        const isFirst = ({ name, role }: PlannedNode) =>
            role === "server" && servers.includes(name);
        return this.#nodes.some(isFirst)
            ? this.#apis((node) => isFirst(node) && node.name !== except)
            : this.ofServers(except);
    }

    /** Where every node is, and what it does, by name. */
    ofAll(): pulumi.Output<Record<string, SecuredNode>> {
        return pulumi.all(Object.fromEntries(this.#nodes.map(({ name, place }) => [name, place])));
    }

    /** Where agents reach servers whose API this computer reaches elsewhere: their addresses, by the host of their API. */
    peersElsewhere(): pulumi.Output<Record<string, string>> {
        const servers = this.#nodes.filter(({ role }) => role === "server");
        return pulumi
            .all(servers.map(({ peer }) => peer))
            .apply((all) => Object.fromEntries(all.flatMap((one) => Object.entries(one))));
    }

    /** By what the servers are joined, by name, without edges to their machines. */
    toJoinServers(): pulumi.Output<Record<string, string>> {
        const servers = this.#nodes.filter(({ role }) => role === "server");
        return pulumi.all(Object.fromEntries(servers.map(({ name, join }) => [name, join])));
    }

    /**
     * The addresses in a node's arguments: the recorded ones, even where a server has moved since, so
     * that a move does not restart the others. Their gates tell them today's addresses. A server that
     * has moved to where another one was does not join itself.
     *
     * @param others servers of another stack, besides.
     */
    toJoin(
        formation: Formation,
        planned: PlannedNode,
        others: readonly string[] = [],
    ): pulumi.Output<string[]> {
        const addresses = joinTargets(formation, planned).flatMap((target) => {
            const address = formation.addresses?.[target] ?? this.#find(target)?.join;
            return address === undefined ? [] : [address];
        });
        return pulumi
            .all([pulumi.all(addresses), this.#find(planned.name)?.join])
            .apply(([targets, own]) => [
                ...targets.filter((address) => address !== own),
                ...others,
            ]);
    }

    #apis(isMeant: (node: PlannedNode) => boolean): pulumi.Output<Record<string, string>> {
        const meant = this.#nodes.filter(isMeant);
        return pulumi.all(Object.fromEntries(meant.map(({ name, http }) => [name, http])));
    }

    #find(nodeName: string): NodeAddresses | undefined {
        return this.#nodes.find(({ name }) => name === nodeName);
    }
}

function deferredAddresses(planned: PlannedNode): NodeAddresses {
    const [http, resolveHttp] = pulumi.deferredOutput<string>();
    const [join, resolveJoin] = pulumi.deferredOutput<string>();
    const [place, resolvePlace] = pulumi.deferredOutput<SecuredNode>();
    const [peer, resolvePeer] = pulumi.deferredOutput<Readonly<Record<string, string>>>();
    return {
        ...planned,
        http,
        join,
        place,
        peer,
        resolve: (node) => {
            resolveHttp(node.httpAddress);
            resolveJoin(valueAlone(node.joinAddress));
            resolvePlace(node.httpAddress.apply((httpAddress) => placeOf(node, httpAddress)));
            resolvePeer(peerOf(node));
        },
    };
}

function placeOf(node: ConsulNode, httpAddress: string): SecuredNode {
    const { role, askThrough, container: agent } = node;
    return { role, httpAddress, askThrough, agent };
}

/** A node that agents do not reach where this computer reaches its API. */
function peerOf({ machine, askThrough }: ConsulNode): pulumi.Output<Record<string, string>> {
    return machine.isReachedElsewhere && askThrough === undefined
        ? pulumi
              .all([machine.reach, machine.address])
              .apply(([reach, address]) => (reach === address ? {} : { [reach]: address }))
        : pulumi.output<Record<string, string>>({});
}
