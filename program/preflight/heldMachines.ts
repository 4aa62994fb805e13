import { heldNodes, pausesOf, type RolloutArgs } from "../../components/cluster/rollout.ts";
import { problem } from "../settings/problems.ts";
import type { Settings } from "../settings/settings.ts";
import type { Renewal } from "./renewal.ts";
import type { ProbedMachine } from "./startStoppedMachines.ts";

/** What is known of machines when a change is to stop before some of their nodes. */
export interface HeldMachinesArgs {
    readonly nodes: Settings["nodes"];
    readonly rollout: RolloutArgs;
    readonly found: readonly Pick<ProbedMachine, "declared" | "check">[];
    readonly renewal: Renewal;
}

/**
 * Why a change cannot stop before the nodes before which it is to: one that would stay as it is needs this run, or is not a
 * node of the stack yet.
 */
export function heldProblems({ nodes, rollout, found, renewal }: HeldMachinesArgs): string[] {
    const held = heldNodes(nodes.servers, nodes.clients ?? [], rollout);
    if (held.length === 0) {
        return [];
    }
    const ofThem = found.filter(({ declared: { name } }) => held.includes(name));
    const needs = [
        ...(renewal.notice !== undefined && renewal.lasts ? [renewal.notice] : []),
        ...ofThem.flatMap(({ check }) => check.notice ?? []),
    ].map(
        (notice) =>
            `that would be kept from what has to be done now: ${notice} Leave it out, and set back what is not to ` +
            "change yet, until that is done",
    );
    const adopted = ofThem
        .filter(({ declared: { adopt } }) => adopt !== undefined)
        .map(({ declared: { name } }) => name)
        .filter((name) => rollout.existing?.includes(name) === false)
        .map(
            (name) =>
                `"${name}" has yet to take the place of its container, and what is not there yet is made in any case; ` +
                "list the node once it is to be",
        );
    return [...needs, ...adopted].map((rule) =>
        problem("rollout.pauseBefore", pausesOf(rollout).join(", "), rule),
    );
}
