import type { EngineOptions } from "../../protocol/engineOptions.ts";

/** A host that is to be made a machine, and what is to run on it. */
export interface HostPlan {
    /** What messages call it: its node's name. */
    readonly name: string;
    /** docker-machine's name of the machine, which the host is renamed to. */
    readonly machineName: string;
    /** `project/stack` that is to own what runs there. */
    readonly owner: string;
    /** The address that the node binds and advertises. */
    readonly address: string;
    /** Where the host is reached, if that is elsewhere. @default its address */
    readonly reachedAt?: string | undefined;
    /** User that logs in. @default "root" */
    readonly sshUser?: string | undefined;
    /** Private key file. @default the SSH agent's keys */
    readonly sshKey?: string | undefined;
    /** @default 22 */
    readonly sshPort?: number | undefined;
    /** Port that the machine's engine will listen on. @default 2376 */
    readonly enginePort?: number | undefined;
    /** What the node publishes on its address. */
    readonly ports: readonly PlannedPort[];
    /** What it publishes on the bridge's address. */
    readonly bridgePorts: readonly PlannedPort[];
    /** Port of its API. @default nobody asks it */
    readonly apiPort?: number | undefined;
    /** Names that its containers, volumes and networks will have. */
    readonly containers: readonly string[];
    readonly volumes: readonly string[];
    readonly networks: readonly string[];
    /** The CPU that the agents' image is for, as Docker calls it: `amd64`. @default not known */
    readonly architecture?: string | undefined;
    /** Certificate of the store's CA, PEM: a host with it is a machine of this store's already. @default there is none yet */
    readonly authority?: string | undefined;
    /** The container, made by hand, that the node is to take the place of. @default none */
    readonly adopts?: string | undefined;
    /** What the node is. @default "server" */
    readonly role?: "server" | "client" | undefined;
    /** What its engine is to be told. @default nothing of ours */
    readonly engine?: EngineOptions | undefined;
    /** Whether data of this stack's that the host has are to be used. */
    readonly adoptsData: boolean;
}

/** A port that a node publishes, and what for. */
export interface PlannedPort {
    readonly port: number;
    readonly protocol: "tcp" | "udp";
    readonly purpose: string;
    /** The setting that asks for it. @default every node publishes it */
    readonly from?: string | undefined;
}

/** Where an engine listens whose settings name no port. */
export const defaultEnginePort = 2376;

/** How messages call a host: `server-1 (root@10.0.0.11:22)`. */
export function hostTitle({ name, sshUser, sshPort, ...plan }: HostPlan): string {
    return `${name} (${sshUser ?? "root"}@${plan.reachedAt ?? plan.address}:${sshPort ?? 22})`;
}

/** How an operator says that all servers' hosts hold the data of one and the same cluster. */
export const adoptVariable = "CONSUL_MACHINES_ADOPT_DATA";
