import * as pulumi from "@pulumi/pulumi";
import { noteAdopting } from "../../scripts/machine/adoptingHosts.ts";
import { Store } from "../../scripts/machine/store.ts";
import type { Adoption, AdoptRequest } from "../../scripts/protocol/adoption.ts";
import type { Placement } from "../machine/placement.ts";
import { runScript } from "../pulumi/runScript.ts";
import type { NodeAgentArgs } from "./nodeArgs.ts";

/** The hooks of one resource. */
type Hooks = pulumi.ResourceHookBinding;

/** Whose place a node takes, and what it is itself. */
interface AdoptingNode {
    readonly adopt: Adoption;
    readonly args: NodeAgentArgs;
    /** Where it runs; asked once its machine is being made. */
    readonly placement: () => Placement;
}

/**
 * Has a node take the place of an agent that somebody has made by hand. All of it is done by hooks, and none of it is in
 * the stack's state: once it is done, the setting may stay or go, which changes nothing.
 */
export class NodeAdoption {
    /** Of the Command that makes the machine: it is told what runs there. */
    readonly ofMachine: Hooks;
    /** Of the volume of its data, which is made once it is the node's turn: before it, the other container is stopped, and
     * its data are taken over. */
    readonly ofVolume: Hooks;
    /** Of the gate: behind it the other one is not needed any more. */
    readonly ofGate: Hooks;
    readonly #node: AdoptingNode;

    /** @param name of the node's resources: the beginning of the hooks' names, each of which is unique in a program. */
    constructor(name: string, node: AdoptingNode) {
        this.#node = node;
        const hook = (what: string, callback: () => Promise<void>) =>
            new pulumi.ResourceHook(`${name}-${what}`, callback);
        this.ofMachine = { beforeCreate: [hook("adopting", () => this.#note())] };
        this.ofVolume = { beforeCreate: [hook("adopt", () => this.#run("agent adopt"))] };
        this.ofGate = { afterCreate: [hook("adopted", () => this.#forget())] };
    }

    async #note(): Promise<void> {
        const { container, nodeName, role, httpAddress, servers, agent } = await this.#request();
        const machine = new Store(agent.store).machine(agent.machine);
        await noteAdopting(machine, { container, nodeName, role, httpAddress, servers });
    }

    async #run(verb: string): Promise<void> {
        await runScript(verb, await this.#request());
    }

    /** The node is ready, whatever becomes of the rest. */
    async #forget(): Promise<void> {
        await this.#run("agent adopted").catch((error: unknown) => {
            const { args, adopt } = this.#node;
            void pulumi.log.warn(
                `${args.nodeName} is adopted, but what was set aside of the container "${adopt.container}" is still on its ` +
                    `machine: ${String(error)}`,
            );
        });
    }

    async #request(): Promise<AdoptRequest> {
        const { adopt, args, placement: placementOf } = this.#node;
        const placement = placementOf();
        const { machine, containerName, volumeName } = placement;
        const { store } = machine;
        const { datacenter, snapshots: folder } = args.agent;
        const known = pulumi.all([placement.httpAddress, placement.address, args.otherServers]);
        const [httpAddress, address, servers] = await new Promise<
            readonly [string, string, Readonly<Record<string, string>>]
        >((resolve) => {
            known.apply(resolve);
        });
        return {
            ...adopt,
            nodeName: args.nodeName,
            role: args.role,
            httpAddress,
            address,
            servers,
            access: args.secured?.access,
            datacenter,
            agent: { store: store.path, machine: machine.machineName, container: containerName },
            volume: volumeName,
            owner: store.owner,
            binary: store.dockerMachine,
            snapshots: folder === undefined ? undefined : { folder, datacenter },
        };
    }
}
