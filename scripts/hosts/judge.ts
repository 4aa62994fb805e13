import { refused, type Finding } from "./facts/finding.ts";
import { hostTitle, type HostPlan } from "./facts/hostPlan.ts";
import type { Looked } from "./rules/context.ts";
import { dockerFindings } from "./rules/docker.ts";
import { effectFindings } from "./rules/effects.ts";
import { foreignFindings } from "./rules/foreign.ts";
import { loginFindings } from "./rules/login.ts";
import { networkFindings } from "./rules/network.ts";
import { bridgePortFindings, portFindings } from "./rules/ports.ts";
import { systemFindings } from "./rules/system.ts";

const rules: readonly ((looked: Looked) => Finding[])[] = [
    loginFindings,
    systemFindings,
    networkFindings,
    dockerFindings,
    foreignFindings,
    portFindings,
    bridgePortFindings,
    effectFindings,
];

/** Everything that is to be said of a host, by what it told of itself. */
export function judge(looked: Looked): Finding[] {
    if (looked.facts.isComplete) {
        return rules.flatMap((rule) => rule(looked));
    }
    // What a host did not tell any more would read as if it were not there.
    return [
        ...loginFindings(looked),
        refused(
            "look",
            "it did not tell everything within the time of a look",
            "It is overloaded, or a command hangs there: try `sudo docker info` and `df` by hand.",
        ),
    ];
}

/** Which nodes are meant for one and the same host, by the addresses that the hosts have; a finding for each. */
export function sameHosts(all: readonly Looked[]): Map<HostPlan, Finding> {
    const found = new Map<HostPlan, Finding>();
    for (const { plan, facts } of all) {
        const twin = all.find(
            (other) =>
                other.plan !== plan &&
                facts.addresses.some(({ address }) => address === other.plan.address),
        );
        if (twin !== undefined) {
            found.set(
                plan,
                refused(
                    "same-host",
                    `it also has ${twin.plan.address}, the address of ${twin.plan.name}`,
                    "Each node needs a host of its own; several on one are declared with oneMachine.",
                ),
            );
        }
    }
    return found;
}

/** A finding as a line. */
export function describeFinding(plan: HostPlan, { kind, seen, advice }: Finding): string {
    return `${hostTitle(plan)}: ${seen}${kind === "refused" ? "." : ";"} ${advice}`;
}
