import type { Role } from "../../components/agent/ports.ts";
import {
    isLab,
    type NodeArgs,
    type OneMachine,
    type SeparateMachines,
} from "../../components/cluster/clusterArgs.ts";
import type { HostPlace } from "../../components/machine/hostAddress.ts";
import { isKnownHost } from "../../components/machine/machineArgs.ts";
import type { DockerMachineCli } from "../../scripts/machine/dockerMachineCli.ts";
import type { Machine } from "../../scripts/machine/machine.ts";
import type { MachineRecord } from "../../scripts/machine/machineRecord.ts";
import { Store } from "../../scripts/machine/store.ts";
import {
    labContainerOf,
    machineNameOf,
    ownerOf,
    sharedMachineName,
} from "../../scripts/protocol/names.ts";

/** A machine that the settings declare, by the name of its node. */
export interface DeclaredMachine extends Pick<
    NodeArgs,
    "name" | "machine" | "generation" | "adopt" | "engine"
> {
    /** Role of its node; `outside` for the machine that all nodes share, which publishes fewer ports. */
    readonly role: Role | "outside";
}

/** The machines that the settings declare. */
export function declaredMachines(nodes: SeparateMachines | OneMachine): DeclaredMachine[] {
    if (nodes.machine !== undefined) {
        return [{ name: sharedMachineName, machine: nodes.machine, role: "outside" }];
    }
    return [
        ...nodes.servers.map((node) => ({ ...node, role: "server" as const })),
        ...(nodes.clients ?? []).map((node) => ({ ...node, role: "client" as const })),
    ];
}

/** Where the existing hosts among machines are, by their nodes' names. */
export function declaredHosts(declared: readonly DeclaredMachine[]): Map<string, HostPlace> {
    const hosts = declared.flatMap(({ name, machine }) =>
        !isLab(machine) && isKnownHost(machine) ? [[name, machine] as const] : [],
    );
    return new Map(hosts);
}

/** Which stack's machines, and where they are. */
export interface StackMachinesArgs {
    readonly project: string;
    readonly stack: string;
    /** Folder of docker-machine's store. */
    readonly store: string;
    /** The docker-machine binary, a name on PATH or a path. @default the first one found */
    readonly dockerMachine?: string | undefined;
    /** Where the hosts are that the settings declare, by their nodes' names: a machine of before is looked for where its
     * host is reached now. @default where it was reached last */
    readonly hosts?: ReadonlyMap<string, HostPlace> | undefined;
}

/** The machines of one stack in its store, whether they exist or not. */
export class StackMachines {
    readonly store: Store;
    /** The owner label's value on everything that the stack makes. */
    readonly owner: string;
    readonly #args: StackMachinesArgs;

    constructor(args: StackMachinesArgs) {
        this.store = new Store(args.store);
        this.owner = ownerOf(args.project, args.stack);
        this.#args = args;
    }

    /** The machine of a node. */
    machine(node: string): Machine {
        return this.store.machine(
            machineNameOf(this.#args.stack, node),
            this.#args.hosts?.get(node),
        );
    }

    /**
     * The nodes that have a machine in the store, whether they are declared or not. A machine of another owner,
     * or with a name of another shape, is none of theirs.
     */
    async nodes(): Promise<{ readonly name: string; readonly record: MachineRecord }[]> {
        const prefix = machineNameOf(this.#args.stack, "");
        const names = (await this.store.machineNames()).filter((name) => name.startsWith(prefix));
        const all = names.map(async (name) => {
            const record = await this.store.machine(name).record();
            return record?.owner === this.owner
                ? [{ name: name.slice(prefix.length), record }]
                : [];
        });
        return (await Promise.all(all)).flat();
    }

    /** Name of the container that plays the lab machine of a node. */
    labContainer(node: string): string {
        return labContainerOf(this.#args.project, this.machine(node).name);
    }

    /** @throws Error where there is no docker-machine. */
    cli(): Promise<DockerMachineCli> {
        return this.store.cli(this.#args.dockerMachine);
    }
}
