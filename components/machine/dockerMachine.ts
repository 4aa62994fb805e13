import * as pulumi from "@pulumi/pulumi";
import type { MachineRequest } from "../../scripts/protocol/requests.ts";
import { engineOptions, type EngineSettings } from "./engineSettings.ts";
import type { HostPlace } from "./hostAddress.ts";
import { checkedPlace } from "./hostPlace.ts";
import {
    declaredAddress,
    driverFlags,
    identityFlags,
    isGeneric,
    type MachineArgs,
} from "./machineArgs.ts";
import { parseMachineEndpoint } from "./machineEndpoint.ts";
import type { MachineStore } from "./machineStore.ts";
import type { Registries } from "./registries.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";

/** What a machine is made of. */
export interface DockerMachineArgs {
    /** docker-machine's name of the machine: letters, digits, dashes, dots. Changing it replaces
     * the machine. */
    readonly machineName: string;
    /** Driver and options. Any change replaces the machine. */
    readonly machine: MachineArgs;
    /** The store that keeps it. */
    readonly store: MachineStore;
    /** Id of the host that it runs on, where this program declares one: another host replaces the
     * machine. @default none */
    readonly hostId?: pulumi.Input<string>;
    /** Whether the host outlives the machine, so that what ran on it is removed piece by piece.
     * @default true for the driver `generic`, whose hosts exist before and after */
    readonly hostRemains?: boolean;
    /** Why the machine is provisioned again, once for each text: its engine gets a new certificate for
     * its current address and restarts; its containers start again with it. @default never */
    readonly provision?: string | undefined;
    /** Counts the machines of this name: a later one replaces one that is lost. @default 1 */
    readonly generation?: number | undefined;
    /** Whether its engine does not answer: {@link machineProvider} does not connect to it.
     * @default false */
    readonly unreachable?: boolean | undefined;
    /** What its engine is told. @default nothing besides what docker-machine tells it */
    readonly engine?: EngineSettings | undefined;
    /** Whether it is known to run with that already, or to be made with it. @default false */
    readonly engineSettled?: boolean | undefined;
    /** With what its engine's provider logs in to registries, from which images are pulled. Changing it replaces nothing.
     * @default nothing */
    readonly registries?: Registries | undefined;
    /** What it waits for besides its store: where it is there already, its turn to change. @default nothing */
    readonly after?: readonly pulumi.Resource[] | undefined;
    /** Hooks of the Command that makes it; they are no part of the machine. @default none */
    readonly hooks?: pulumi.ResourceHookBinding | undefined;
}

/**
 * A machine that docker-machine makes, adopts, repairs and removes.
 *
 * Its Command can be run any number of times: it makes what is missing and adopts what is healthy,
 * never a machine that another stack or person made.
 */
export class DockerMachine extends pulumi.ComponentResource {
    /** docker-machine's name of the machine. */
    public readonly machineName: string;
    /** The store that keeps it. */
    public readonly store: MachineStore;
    /** Whether its engine is known not to answer. */
    public readonly isUnreachable: boolean;
    /** The Command that makes the machine: what lives on the machine is deleted with it. */
    public readonly command: pulumi.CustomResource;
    /** The address that other machines reach. */
    public readonly address: pulumi.Output<string>;
    /** Where this computer reaches it; the same as its address unless its arguments say otherwise. */
    public readonly reach: pulumi.Output<string>;
    /** Whether its arguments say so. */
    public readonly isReachedElsewhere: boolean;
    /** Address of its own at which this computer reaches it, where that is not its node's: its node's API is published
     * there as well. */
    public readonly reachAddress: pulumi.Output<string | undefined>;
    /** The Docker Engine's endpoint, `tcp://ADDRESS:PORT`. */
    public readonly endpoint: pulumi.Output<string>;
    /** Address of the machine's docker0 bridge. */
    public readonly bridgeAddress: pulumi.Output<string>;
    /** Version of the machine's Docker Engine. */
    public readonly dockerVersion: pulumi.Output<string>;
    /** Certificate of the engine's CA, PEM. */
    public readonly ca: pulumi.Output<string>;
    /** Client certificate, PEM. */
    public readonly cert: pulumi.Output<string>;
    /** Private key of the client certificate, PEM. Secret. */
    public readonly key: pulumi.Output<string>;

    constructor(name: string, args: DockerMachineArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:DockerMachine", name, {}, opts);
        const { machineName, machine, store } = args;
        this.machineName = machineName;
        this.store = store;
        this.isUnreachable = args.unreachable ?? false;
        this.isReachedElsewhere = isGeneric(machine) && machine.reach !== undefined;
        const place = checkedPlace(name, machine, this);
        const made = scriptCommand(
            name,
            {
                up: "machine up",
                down: "machine down",
                request: requestOf(args, place),
                identity: identityOf(args),
                secretAnswer: true,
                givePreviousAnswer: store.inState,
            },
            {
                parent: this,
                // Machines of before they were given it would run their script again.
                ignoreChanges: ["addPreviousOutputInEnv"],
                dependsOn: [store.ready, ...(args.after ?? [])],
                ...(args.hooks === undefined ? {} : { hooks: args.hooks }),
                // docker-machine's own timeout for SSH is half an hour.
                customTimeouts: { create: "30m", update: "30m" },
            },
        );
        this.command = made;
        // What follows finds the machine in this folder, whichever computer made it.
        const laid = store.lay(made.stdout);
        const answer = laid.apply(() => made.stdout).apply(parseMachineEndpoint);
        // Only the key is secret, but it came with the rest.
        const open = pulumi.unsecret(answer);
        const declared = place === undefined ? undefined : pulumi.output(place);
        this.address = declared === undefined ? open.address : declared.address;
        this.reach =
            declared === undefined || !this.isReachedElsewhere
                ? this.address
                : declared.apply(({ address, reach = address }) => reach);
        this.reachAddress = this.isReachedElsewhere
            ? open.apply(({ reachAddress }) => reachAddress)
            : pulumi.output(undefined);
        this.endpoint = open.endpoint;
        this.bridgeAddress = open.bridgeAddress;
        this.dockerVersion = open.dockerVersion;
        this.ca = open.ca;
        this.cert = open.cert;
        this.key = answer.key;
        this.registerOutputs({
            machineName: this.machineName,
            address: this.address,
            endpoint: this.endpoint,
            bridgeAddress: this.bridgeAddress,
            dockerVersion: this.dockerVersion,
        });
    }
}

/**
 * What the machine's script is asked.
 *
 * @param place where its host is; undefined where only the machine knows.
 */
function requestOf(
    args: DockerMachineArgs,
    place: HostPlace | pulumi.Output<HostPlace> | undefined,
): pulumi.Input<object> {
    const { store } = args;
    return pulumi.Output.isInstance(place)
        ? place.apply((known) => store.onceHere(machineRequest(args, known)))
        : store.onceHere(machineRequest(args, place));
}

function machineRequest(
    { machineName, machine, store, ...args }: DockerMachineArgs,
    { address = "", reach }: Partial<HostPlace> = {},
): MachineRequest {
    const engine = engineOptions(args.engine, declaredAddress(machine));
    return {
        ...store.request,
        machine: machineName,
        driver: machine.driver,
        flags: driverFlags(isGeneric(machine) ? { ...machine, address, reach } : machine),
        hostRemains: args.hostRemains ?? machine.driver === "generic",
        ...(args.provision === undefined ? {} : { provision: args.provision }),
        ...laterGeneration(args.generation),
        ...(reach === undefined ? {} : { address }),
        ...(engine === undefined ? {} : { engine }),
    };
}

/** What replaces the machine when it changes. */
function identityOf({ machineName, machine, hostId }: DockerMachineArgs): pulumi.Input<string>[] {
    const stated = isGeneric(machine) ? machine.hostId : undefined;
    return [machineName, machine.driver, ...identityFlags(machine), hostId ?? stated ?? ""];
}

/** The generation in a request, omitted for the first: requests of stacks that are older than
 * generations stay unchanged. */
export function laterGeneration(generation = 1): { readonly generation?: number } {
    return generation === 1 ? {} : { generation };
}

/**
 * Pulumi's name of what lives on a machine, in this generation of it, counted from 1.
 *
 * A node whose machine was lost goes on under another name: Pulumi declares its next generation
 * beside what it knows of the lost one, and never has to ask that one about anything. The dot keeps
 * such a name apart from those of other nodes, which have none.
 */
export function ofGeneration(name: string, generation: number): string {
    return generation === 1 ? name : `${name}.${generation}`;
}

/** Pulumi's names, in the earlier generations, of what has this one in this generation. */
export function earlierGenerations(name: string, generation: number): string[] {
    const first = generation === 1 ? name : name.slice(0, -`.${generation}`.length);
    return Array.from({ length: generation - 1 }, (_, index) => ofGeneration(first, index + 1));
}

/**
 * Options of what lives on a machine. It is gone when the machine is deleted, and is recreated with
 * the machine: before Pulumi 3.260 `deletedWith` alone left it in the state, and the new machine
 * empty. Its deletion comes first, because the replacement has the same name.
 */
export function goesWith(machine: pulumi.Resource) {
    return { deletedWith: machine, replaceWith: [machine], deleteBeforeReplace: true };
}
