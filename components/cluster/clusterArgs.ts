import type * as pulumi from "@pulumi/pulumi";
import type { JsonObject } from "../agent/agentConfig.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { AgentImage } from "../agent/agentImage.ts";
import type { LabHostArgs } from "../machine/labHost.ts";
import type { MachineArgs } from "../machine/machineArgs.ts";
import type { MachineStoreArgs } from "../machine/machineStore.ts";
import type { Role } from "../agent/ports.ts";
import type { ServiceArgs } from "../node/serviceDefinition.ts";

/** A machine that is a container on this computer. */
export interface LabMachineSpec {
    readonly driver: "lab";
    /** Its fixed address, inside the lab's subnet. */
    readonly address: string;
}

/** A node of a cluster that has one machine for all of them. */
export interface SharedNodeArgs {
    /** Name in the cluster, and of its container: lowercase letters, digits and dashes. */
    readonly name: string;
}

/** A node of a cluster that has a machine for each. */
export interface NodeArgs extends SharedNodeArgs {
    /** The machine below it. */
    readonly machine: MachineArgs | LabMachineSpec;
    /** Counts its machines: the next one takes the place of a machine that is lost, without asking it
     * for anything. A machine that still answers is not given up like this: it is replaced.
     * @default 1 */
    readonly generation?: number | undefined;
    /** Services on its machine, registered with its agent. A change of theirs replaces nothing.
     * @default none */
    readonly services?: readonly ServiceArgs[] | undefined;
    /** Why its machine is to be provisioned again, once for each text; its engine restarts.
     * @default never */
    readonly provision?: string | undefined;
}

/** A cluster: a machine for each node, or one for all. */
export type ConsulClusterArgs = ClusterArgs & (SeparateMachines | OneMachine);

/** Each node has a machine of its own, whose address it advertises. */
export interface SeparateMachines {
    /** The servers, in the order in which they start and change; the first one bootstraps. */
    readonly servers: readonly NodeArgs[];
    /** The client agents. @default none */
    readonly clients?: readonly NodeArgs[];
    readonly machine?: undefined;
    readonly provision?: undefined;
    readonly nodeSubnet?: undefined;
}

/**
 * All nodes share one machine, for a cluster to try things on: it bears the loss of a container,
 * and not that of its machine. On a network of their own they join one another by name. Only the
 * first server is reached from outside, on the machine's address: the HTTP API with the web UI,
 * and DNS. It stays the first; a cluster without it is another cluster.
 */
export interface OneMachine {
    /** The machine. Any change replaces it and everything on it. */
    readonly machine: MachineArgs | LabMachineSpec;
    /** Why the machine is to be provisioned again, once for each text; its engine restarts.
     * @default never */
    readonly provision?: string | undefined;
    /** The nodes' network inside the machine. Changing it replaces every container.
     * @default "172.29.0.0/16" */
    readonly nodeSubnet?: string | undefined;
    /** The servers, in the order in which they start and change; the first one bootstraps. */
    readonly servers: readonly SharedNodeArgs[];
    /** The client agents. @default none */
    readonly clients?: readonly SharedNodeArgs[];
}

/** What every cluster has to be told. */
export interface ClusterArgs {
    /** Datacenter of the cluster. Changing it replaces every container. */
    readonly datacenter: string;
    /** The image. Changing it replaces every container, one server after another. */
    readonly image: AgentImage;
    /** Whose contract the image keeps: which arguments, ports and configuration it is given. A
     * cluster that was made with one cannot be changed to the other: neither reads the other's
     * data. @default "official" */
    readonly imageFlavour?: ImageFlavour | undefined;
    /** Where docker-machine keeps the machines. */
    readonly store: MachineStoreArgs;
    /** The lab machines' network; needed where a node's machine is of the driver `lab`. */
    readonly lab?: Omit<LabHostArgs, "store"> | undefined;
    /** Addresses of servers of another stack, whose cluster the nodes join. @default none */
    readonly join?: readonly string[];
    /** Resolvers for names outside Consul's domain. @default none: such names are refused */
    readonly recursors?: readonly string[];
    /** Whether each node answers DNS on its machine's docker0 address, port 53. @default false */
    readonly dnsOnBridge?: boolean;
    /** Extra agent configuration, merged over ours. @default none */
    readonly agentConfig?: JsonObject;
    /** Extra environment of the agents' containers. @default none */
    readonly environment?: Readonly<Record<string, string>>;
    /** Extra labels of the agents' containers. @default none */
    readonly labels?: Readonly<Record<string, string>>;
    /** Folder for the snapshots that are taken before a server is replaced, relative to the
     * project. @default none are taken */
    readonly snapshots?: string | undefined;
}

/** What a cluster tells of one of its nodes. */
export interface NodeOutputs {
    readonly role: Role;
    /** The address that it advertises: its machine's, or where nodes share one, its own inside. */
    readonly address: pulumi.Output<string>;
    /** Its HTTP API; or, where nodes share a machine, the API of the one that is reached. */
    readonly httpAddress: pulumi.Output<string>;
    readonly machine: string;
}

/** Whether a node's machine is a container on this computer. */
export function isLab(machine: NodeArgs["machine"]): machine is LabMachineSpec {
    return machine.driver === "lab" && !("options" in machine);
}
