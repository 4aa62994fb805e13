import * as pulumi from "@pulumi/pulumi";
import type { AgentTrial, TrialsRequest } from "../../scripts/protocol/agentTrial.ts";
import { runScript } from "../pulumi/runScript.ts";

/** Milliseconds to wait for what another server's trial is made of: that of machines that are there is known at once. */
const patience = 2000;

/**
 * Tries the servers of a cluster before the first of them is touched.
 *
 * It is done by a hook and not by a Command of its own: a stack that exists sees nothing of it, and what is tried, in
 * which there may be secrets, is in no state. A hook that fails has its server not cleared; the next run tries again.
 */
export class AgentTrials {
    /** In the order in which the servers change. */
    readonly #servers = new Map<string, pulumi.Output<AgentTrial>>();
    readonly #passed = new Set<string>();
    #hasBegun = false;

    /**
     * Adds a server.
     *
     * @param name of its resources: the beginning of the hook's name, which is unique in a program.
     * @returns the hooks of the Command that clears it.
     */
    add(
        name: string,
        nodeName: string,
        trial: pulumi.Output<AgentTrial>,
    ): pulumi.ResourceHookBinding {
        this.#servers.set(nodeName, trial);
        const hook = new pulumi.ResourceHook(`${name}-trial`, () => this.#tryFrom(nodeName));
        return { beforeUpdate: [hook] };
    }

    /** Tries a server that is about to be cleared, and with it those that change behind it. */
    async #tryFrom(nodeName: string): Promise<void> {
        const names = [...this.#servers.keys()];
        const behind = names.slice(names.indexOf(nodeName) + 1);
        if (this.#passed.has(nodeName)) {
            return;
        }
        const isFirst = !this.#hasBegun;
        this.#hasBegun = true;
        const own = await this.#trialOf(nodeName);
        const others = await Promise.all(
            behind
                .filter((name) => !this.#passed.has(name))
                .map((name) => Promise.race([this.#trialOf(name), nothingAfter(patience)])),
        );
        const trials = [own, ...others].filter((trial) => trial !== undefined);
        const request: TrialsRequest = { trials, isFirst };
        const passed = JSON.parse(await runScript("agent try", request)) as string[];
        passed.forEach((name) => this.#passed.add(name));
    }

    #trialOf(nodeName: string): Promise<AgentTrial | undefined> {
        const trial = this.#servers.get(nodeName);
        return new Promise((resolve) => {
            if (trial === undefined) {
                resolve(undefined);
            } else {
                trial.apply(resolve);
            }
        });
    }
}

function nothingAfter(milliseconds: number): Promise<undefined> {
    return new Promise((resolve) => {
        // It keeps no program that has ended.
        setTimeout(() => {
            resolve(undefined);
        }, milliseconds).unref();
    });
}
