import * as pulumi from "@pulumi/pulumi";
import { keptIn } from "../../scripts/machine/keptFiles.ts";
import { layStore } from "../../scripts/machine/layStore.ts";
import { Store } from "../../scripts/machine/store.ts";
import { ownerOf } from "../../scripts/protocol/names.ts";
import { scriptCommand } from "../pulumi/scriptCommand.ts";
import { requirePulumi } from "../pulumi/supportedPulumi.ts";

/** How a store is set up. */
export interface MachineStoreArgs {
    /** Folder of docker-machine's store, relative to the project. A store that holds machines of
     * others is shared with them and outlives this stack. Changing it replaces every machine. */
    readonly path: string;
    /** The docker-machine binary: a name on PATH or a path. @default `docker-machine`, else
     * `rancher-machine`, whichever is found */
    readonly dockerMachine?: string | undefined;
    /** Why its CA, and this computer's certificate of it, are recreated, once for each text. The
     * machines keep working with the old ones until they are provisioned again. @default never */
    readonly renewal?: string | undefined;
    /** Whether the stack's state keeps, as secrets, what another computer needs of it and of its machines: its CA, and
     * each machine's entry with certificates and keys, and what else docker-machine notes of it, such as a provider's
     * credentials. Without it the stack can be changed and removed only where the store's folder is. @default true */
    readonly inState?: boolean | undefined;
    /** docker-machine's names of the machines that are declared in it: one of them whose node leaves
     * is being replaced, any other is removed for good. @default none */
    readonly machines?: readonly string[];
}

/**
 * docker-machine's store, with its CA made before the first machine: machines that are made in
 * parallel on a store without one each make their own, and break each other's TLS.
 */
export class MachineStore extends pulumi.ComponentResource {
    /** The store's folder, relative to the project. */
    public readonly path: string;
    /** The docker-machine binary, if one is named. */
    public readonly dockerMachine: string | undefined;
    /** Owner of the machines made here, `project/stack`. */
    public readonly owner: string;
    /** Whether the stack's state keeps what another computer needs. */
    public readonly inState: boolean;
    /** What every machine has to wait for. */
    public readonly ready: pulumi.Resource;
    readonly #laid: pulumi.Output<readonly string[]>;

    constructor(name: string, args: MachineStoreArgs, opts?: pulumi.ComponentResourceOptions) {
        super("consul-machines:index:MachineStore", name, {}, opts);
        this.path = args.path;
        this.dockerMachine = args.dockerMachine;
        this.owner = ownerOf(pulumi.getProject(), pulumi.getStack());
        this.inState = args.inState ?? true;
        const opened = scriptCommand(
            name,
            {
                up: "store open",
                down: "store close",
                // All that is made waits for the store.
                request: requirePulumi().then(() => ({
                    ...this.request,
                    name,
                    machines: args.machines ?? [],
                    ...(args.renewal === undefined ? {} : { renewal: args.renewal }),
                })),
                identity: [args.path],
                secretAnswer: true,
                givePreviousAnswer: this.inState,
            },
            { parent: this, ignoreChanges: ["addPreviousOutputInEnv"] },
        );
        this.ready = opened;
        this.#laid = this.lay(opened.stdout);
        this.registerOutputs({ path: this.path });
    }

    /** What the scripts need to know of the store. */
    public get request() {
        return {
            store: this.path,
            binary: this.dockerMachine,
            owner: this.owner,
            ...(this.inState ? {} : { inState: false as const }),
        };
    }

    /** Lays down what an answer of a Command has of the store, where it is missing in this folder. */
    public lay(answer: pulumi.Output<string>): pulumi.Output<readonly string[]> {
        return pulumi
            .unsecret(answer)
            .apply((text) => layStore(new Store(this.path), keptIn(text)));
    }

    /** A value for what runs once the store's CA is here: a machine that is made without it would have another one. In
     * a preview nothing runs. */
    public onceHere<T extends object>(value: T): pulumi.Input<T> {
        return pulumi.runtime.isDryRun() ? value : this.#laid.apply(() => value);
    }
}
