import { readFileSync } from "node:fs";
import type { Deployment } from "@pulumi/pulumi/automation/index.js";
import type { Properties } from "../../../providers/protocol/provider.ts";
import { labSocket } from "../support/cluster.ts";
import { World } from "../support/world.ts";
import type { Kind } from "./programs.ts";

/** What is read here of a resource in a state. */
export interface RecordedResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly inputs?: Properties;
    readonly outputs?: Properties;
    /** The provider resource that it is made by, `URN::ID`. */
    readonly provider?: string;
}

/** The state in which a version of the program left a stack; its secrets are those of fakes. */
export function recordedState(version: string, kind: Kind): Deployment {
    const file = new URL(`./${version}/${kind}.json`, import.meta.url);
    return JSON.parse(readFileSync(file, "utf8")) as Deployment;
}

/** The resources of a state. */
export function resourcesOf({ deployment }: Deployment): readonly RecordedResource[] {
    return (deployment as { readonly resources: readonly RecordedResource[] }).resources;
}

/** How many of them the engine counts: it makes default providers by itself, and tells of none. */
export function countedIn(state: Deployment): number {
    const isOwn = ({ urn }: RecordedResource) => !/::pulumi:providers:[^:]*::default_/.test(urn);
    return resourcesOf(state).filter(isOwn).length;
}

/** The computers as they were when a state was recorded: engines, what is on them, and machines. */
export function worldOf(state: Deployment): World {
    const resources = resourcesOf(state);
    const hosts = new Map(
        resources
            .filter(({ type }) => type === "pulumi:providers:docker")
            .map(({ urn, inputs }) => [urn, String(inputs?.host)]),
    );
    // This computer's own is there, whether or not the stack has anything on it.
    const endpoints = [labSocket, ...hosts.values()];
    const engines = new Map(endpoints.map((host) => [host, new Set<string>()]));
    for (const { type, inputs, provider = "" } of resources) {
        if (type.startsWith("docker:")) {
            const host = hosts.get(provider.replace(/::[^:]*$/, "")) ?? "";
            engines.get(host)?.add(`${type.split(":").at(-1) ?? ""} ${String(inputs?.name)}`);
        }
    }
    const machines = resources
        .filter(({ inputs }) => inputs?.create === "machine up")
        .map(({ inputs }) => JSON.parse(String(inputs?.stdin)) as Properties);
    const generations = new Map(
        machines.map(({ machine, generation }) => [String(machine), generation]),
    );
    // What is made from here on gets ids that nothing in the state has.
    const made = resources.map(({ id = "" }) => Number(/-(\d+)$/.exec(id)?.[1] ?? 0));
    return new World(engines, generations, Math.max(...made));
}

/** What a stack's users read of it. */
export function outputsIn(state: Deployment): Properties | undefined {
    return resourcesOf(state).find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs;
}

/** The scripts that removing a stack runs, each by its file and what it is told to do. */
export function removalsIn(state: Deployment): { readonly file: string; readonly verb: string }[] {
    return resourcesOf(state).flatMap(({ inputs = {} }) => {
        const [, file = ""] = (inputs.interpreter ?? []) as readonly string[];
        return typeof inputs.delete === "string" ? [{ file, verb: inputs.delete }] : [];
    });
}
