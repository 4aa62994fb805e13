import * as pulumi from "@pulumi/pulumi";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import {
    isLab,
    type ConsulClusterArgs,
    type LabMachineSpec,
    type NodeArgs,
    type SharedNodeArgs,
} from "./clusterArgs.ts";
import type { OnOwnMachine, OnSharedMachine } from "../node/nodeArgs.ts";
import type { DockerMachineArgs } from "../machine/dockerMachine.ts";
import { LabHost } from "../machine/labHost.ts";
import { LabMachine } from "../machine/labMachine.ts";
import type { MachineArgs } from "../machine/machineArgs.ts";
import { MachineStore } from "../machine/machineStore.ts";
import { nodeResourceName } from "../node/nodeNames.ts";
import { SharedMachine } from "../machine/sharedMachine.ts";

/** How the one machine of all nodes is called: no node may have this name. */
export const sharedName = "machine";

/** What the nodes of a cluster stand on: the store, the lab, and the machine that all share. */
export class ClusterMachines {
    /** docker-machine's store. */
    public readonly store: MachineStore;
    /** The one machine; undefined where each node has its own. */
    public readonly shared: SharedMachine | undefined;
    readonly #name: string;
    readonly #parent: pulumi.Resource;
    readonly #lab: LabHost | undefined;
    readonly #imageFlavour: ImageFlavour | undefined;

    /** @param nodeNames names of all nodes, servers first. */
    constructor(
        name: string,
        args: ConsulClusterArgs,
        nodeNames: readonly string[],
        parent: pulumi.Resource,
    ) {
        this.#name = name;
        this.#parent = parent;
        this.#imageFlavour = args.imageFlavour;
        const isShared = args.machine !== undefined;
        const machines = isShared ? sharedRoster(nodeNames) : nodeNames.map(machineNameOf);
        this.store = new MachineStore(`${name}-store`, { ...args.store, machines }, { parent });
        this.#lab =
            args.lab === undefined
                ? undefined
                : new LabHost(`${name}-lab`, { ...args.lab, store: this.store }, { parent });
        this.shared = isShared ? this.#shared(args, args.machine, nodeNames[0] ?? "") : undefined;
    }

    /** What is below a node. */
    public below(node: SharedNodeArgs | NodeArgs): OnOwnMachine | OnSharedMachine {
        if (this.shared !== undefined) {
            return { sharedMachine: this.shared };
        }
        if (!("machine" in node)) {
            throw new Error(`${node.name}: it has no machine, and the cluster has none for all.`);
        }
        const { name, machine, generation, provision } = node;
        return {
            ...this.#machine(name, machine, generation),
            generation,
            provision,
            imageFlavour: this.#imageFlavour,
        };
    }

    #shared(
        { image, nodeSubnet, provision }: ConsulClusterArgs,
        machine: MachineArgs | LabMachineSpec,
        published: string,
    ): SharedMachine {
        return new SharedMachine(
            `${this.#name}-shared`,
            {
                ...this.#machine(sharedName, machine),
                provision,
                image,
                published,
                subnet: nodeSubnet,
            },
            { parent: this.#parent },
        );
    }

    /** A machine; one of the lab is first made, then a host like any other. */
    #machine(
        nodeName: string,
        machine: MachineArgs | LabMachineSpec,
        generation?: number,
    ): DockerMachineArgs {
        const name = nodeResourceName(this.#name, nodeName, generation);
        const machineName = machineNameOf(nodeName);
        const { store } = this;
        if (!isLab(machine)) {
            return { machineName, store, machine };
        }
        if (this.#lab === undefined) {
            throw new Error(`${name}: a machine of the driver "lab" needs the argument "lab".`);
        }
        const args = { machineName, address: machine.address, host: this.#lab };
        const made = new LabMachine(`${name}-lab`, args, { parent: this.#parent });
        // The host goes with the stack, so nothing has to be cleared away from it first.
        return {
            machineName,
            store,
            machine: made.machine,
            hostId: made.hostId,
            hostRemains: false,
        };
    }
}

/** Stacks share a driver's account or network: the stack's name keeps their machines apart. */
export function machineNameOf(nodeName: string): string {
    return `${pulumi.getStack()}-${nodeName}`;
}

/** The one machine, and who is on it: a node that leaves is told from one that is replaced. Sorted,
 * for they are no queue: all go with the machine at once. */
function sharedRoster(nodeNames: readonly string[]): string[] {
    const machine = machineNameOf(sharedName);
    return [machine, ...nodeNames.map((name) => `${machine}/${name}`).sort()];
}
