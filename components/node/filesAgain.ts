import * as pulumi from "@pulumi/pulumi";
import { runAgain, type ScriptCommand } from "../pulumi/scriptCommand.ts";

/** The hooks of one resource. */
type Hooks = pulumi.ResourceHookBinding;

/**
 * Has a node's files written once more before its container is created, where the Command that writes them has nothing
 * to do: the request is the same, but container and volumes were removed by hand, or a run ended between the two.
 *
 * Nothing runs twice: not where that Command has run before in this run, nor between the removal of a container and the
 * creation of its successor, where each second counts and the volumes stay.
 */
export class FilesAgain {
    /** Of the Command that writes the files. */
    readonly ofFiles: Hooks;
    /** Of the Command that clears a container for its replacement. */
    readonly ofClearance: Hooks;
    /** Of the volumes. */
    readonly ofVolumes: Hooks;
    readonly #name: string;
    #isWritten = false;
    #isCleared = false;
    #hasNewVolume = false;

    /** @param name of the node's files: the beginning of the hooks' names, each of which is unique in a program. */
    constructor(name: string) {
        this.#name = name;
        const written = this.#hook("written", () => {
            this.#isWritten = true;
        });
        const cleared = this.#hook("cleared", () => {
            this.#isCleared = true;
        });
        const created = this.#hook("volumes", () => {
            this.#hasNewVolume = true;
        });
        this.ofFiles = { afterCreate: [written], afterUpdate: [written] };
        this.ofClearance = { afterUpdate: [cleared] };
        this.ofVolumes = { afterCreate: [created] };
    }

    /**
     * Of the container.
     *
     * @param files what writes its files.
     */
    ofAgent(files: ScriptCommand): Hooks {
        const again = this.#hook("again", async () => {
            if (!this.#isWritten && (this.#hasNewVolume || !this.#isCleared)) {
                await runAgain(files);
            }
        });
        return { beforeCreate: [again] };
    }

    #hook(what: string, callback: () => void | Promise<void>): pulumi.ResourceHook {
        return new pulumi.ResourceHook(`${this.#name}-${what}`, callback);
    }
}
