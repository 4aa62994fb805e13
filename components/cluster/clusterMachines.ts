import * as pulumi from "@pulumi/pulumi";
import { machineNameOf, sharedMachineName } from "../../scripts/protocol/names.ts";
import { ofGeneration, type DockerMachineArgs } from "../machine/dockerMachine.ts";
import { engineOf, type EngineSettings } from "../machine/engineSettings.ts";
import { LabHost } from "../machine/labHost.ts";
import { LabMachine } from "../machine/labMachine.ts";
import { MachineStore } from "../machine/machineStore.ts";
import type { Registries } from "../machine/registries.ts";
import { SharedMachine } from "../machine/sharedMachine.ts";
import type { OnSharedMachine } from "../node/nodeArgs.ts";
import {
    isLab,
    securityOf,
    type ConsulClusterArgs,
    type NodeArgs,
    type SharedNodeArgs,
} from "./clusterArgs.ts";
import { checkDeferredHosts } from "./clusterHosts.ts";

/** When a machine changes, of a node that is there. */
interface MachineTurn extends Pick<pulumi.ComponentResourceOptions, "transformations"> {
    /** What it waits for. @default nothing */
    readonly after?: readonly pulumi.Resource[];
}

/** What the nodes of a cluster run on: the store, the lab, and the machine that all share. */
export class ClusterMachines {
    /** docker-machine's store. */
    public readonly store: MachineStore;
    readonly #name: string;
    readonly #parent: pulumi.Resource;
    readonly #lab: LabHost | undefined;
    readonly #registries: Registries | undefined;
    readonly #engine: EngineSettings | undefined;
    readonly #shared: SharedMachine | undefined;

    /** @param nodeNames names of all nodes, servers first. */
    constructor(
        name: string,
        args: ConsulClusterArgs,
        nodeNames: readonly string[],
        parent: pulumi.Resource,
    ) {
        this.#name = name;
        this.#parent = parent;
        this.#registries = args.registries;
        this.#engine = args.engine;
        checkDeferredHosts(name, args, parent);
        const isShared = args.machine !== undefined;
        const machines = isShared ? sharedRoster(nodeNames) : nodeNames.map(machineNameInStack);
        this.store = new MachineStore(`${name}-store`, { ...args.store, machines }, { parent });
        this.#lab =
            args.lab === undefined
                ? undefined
                : new LabHost(`${name}-lab`, { ...args.lab, store: this.store }, { parent });
        this.#shared = isShared ? this.#declareShared(args, nodeNames[0] ?? "") : undefined;
    }

    /**
     * The machine of a node, or that of all.
     *
     * @param turn when it changes, where it is there.
     */
    public machineArgsFor(
        node: SharedNodeArgs | NodeArgs,
        turn: MachineTurn = {},
    ): (DockerMachineArgs & Pick<NodeArgs, "adopt">) | OnSharedMachine {
        if (this.#shared !== undefined) {
            return { sharedMachine: this.#shared };
        }
        if (!("machine" in node)) {
            throw new Error(`${node.name}: it has no machine, and the cluster has none for all.`);
        }
        const { name, machine, generation, provision, unreachable, adopt } = node;
        const { engineSettled } = node;
        const engine = engineOf(this.#engine, node.engine);
        const declared = this.#machine(name, machine, generation, turn);
        const found = { provision, unreachable, adopt, engine, engineSettled };
        return { ...declared, after: turn.after, generation, ...found };
    }

    #declareShared(args: ConsulClusterArgs & { machine: object }, published: string) {
        const { machine, image, nodeSubnet: subnet, provision, unreachable } = args;
        const security = securityOf(args);
        const declared = this.#machine(sharedMachineName, machine);
        const engine = engineOf(args.engine, undefined);
        return new SharedMachine(
            `${this.#name}-shared`,
            {
                ...declared,
                engine,
                provision,
                unreachable,
                image,
                published,
                subnet,
                security,
                ports: args,
            },
            { parent: this.#parent },
        );
    }

    /** A machine; one of the lab is first declared itself, then it is a host like any other. */
    #machine(
        nodeName: string,
        machine: NodeArgs["machine"],
        generation?: number,
        { after, transformations = [] }: MachineTurn = {},
    ): DockerMachineArgs {
        const name = nodeResourceName(this.#name, nodeName, generation);
        const machineName = machineNameInStack(nodeName);
        const common = { machineName, store: this.store, registries: this.#registries };
        if (!isLab(machine)) {
            return { ...common, machine };
        }
        if (this.#lab === undefined) {
            throw new Error(`${name}: a machine of the driver "lab" needs the argument "lab".`);
        }
        const made = new LabMachine(
            `${name}-lab`,
            { machineName, address: machine.address, host: this.#lab, after },
            { parent: this.#parent, transformations },
        );
        // The host is removed with the stack, so nothing has to be removed from it first.
        const { machine: host, hostId } = made;
        return { ...common, machine: host, hostId, hostRemains: false };
    }
}

/**
 * Pulumi's name of a node, from which those of all its resources are made.
 *
 * @param cluster the cluster's own name in the program.
 * @param generation counted from 1, the machine that was there first: see {@link ofGeneration}.
 */
export function nodeResourceName(cluster: string, nodeName: string, generation = 1): string {
    return ofGeneration(`${cluster}-${nodeName}`, generation);
}

function machineNameInStack(nodeName: string): string {
    return machineNameOf(pulumi.getStack(), nodeName);
}

/** The one machine, and the nodes on it: so a node that leaves is told from one that is replaced.
 * Sorted, because their order means nothing: all go with the machine at once. */
function sharedRoster(nodeNames: readonly string[]): string[] {
    const machine = machineNameInStack(sharedMachineName);
    return [machine, ...nodeNames.map((name) => `${machine}/${name}`).sort()];
}
