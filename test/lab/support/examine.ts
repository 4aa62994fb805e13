import { expect } from "vitest";
import { clusterChecks } from "../../../cli/doctor/checks/allChecks.ts";
import { diagnose, type Diagnosis } from "../../../cli/doctor/findings.ts";
import { gatherAddress } from "../../../cli/doctor/gather/address.ts";
import { gatherStack, type StackPlace } from "../../../cli/doctor/gather/stack.ts";
import { httpOf, until, type RealAgents } from "./realAgents.ts";

/** What doctor says of the cluster of an agent on this computer. */
export async function examine(number: number): Promise<Diagnosis[]> {
    return diagnose(clusterChecks, await gatherAddress(httpOf(number), 4));
}

/** Findings in short: which check, about whom. */
export function inShort(found: readonly Diagnosis[]): string[] {
    return found.map(({ check, nodes }) => [check, ...nodes].join(" "));
}

/** Starts servers that form a cluster: s1, s2 and so on, at the numbers 1, 2 and so on. */
export async function startServers(
    agents: RealAgents,
    count: number,
    more: readonly string[] = [],
): Promise<void> {
    for (let number = 1; number <= count; number += 1) {
        const join = Array.from({ length: count }, (_, index) => index + 1);
        await agents.start({
            name: `s${number}`,
            number,
            join: join.filter((other) => other !== number),
            more: [`-bootstrap-expect=${count}`, ...more],
        });
    }
}

/** Looks until a check has found something: some mistakes take a moment to show. */
export async function untilFound(number: number, check: string): Promise<Diagnosis[]> {
    let found: Diagnosis[] = [];
    const isFound = async () => {
        found = await examine(number);
        return found.some((one) => one.check === check);
    };
    await until(isFound, { seconds: 90, what: check });
    return found;
}

/** Examines until these findings are the only ones: a server that has just started knows no leader for a
 * moment. Fails with what is found at last. */
export function untilOnly(number: number, ...expected: string[]): Promise<Diagnosis[]> {
    return onlyFound(() => examine(number), expected, 90);
}

/**
 * Looks until doctor says these things of a stack, and nothing else: some take a moment to show, and to be
 * forgotten. Fails with what it says at last.
 *
 * @param expected findings in short: `udp-lost server-3`.
 */
export function expectFound(place: StackPlace, ...expected: string[]): Promise<Diagnosis[]> {
    const look = async () => diagnose(clusterChecks, await gatherStack(place));
    return onlyFound(look, expected, 100);
}

async function onlyFound(
    look: () => Promise<Diagnosis[]>,
    expected: readonly string[],
    seconds: number,
): Promise<Diagnosis[]> {
    let found: Diagnosis[] = [];
    const isOnly = async () => {
        found = await look();
        return JSON.stringify(inShort(found)) === JSON.stringify(expected);
    };
    await until(isOnly, { seconds, what: expected.join() }).catch(() => undefined);
    expect(inShort(found)).toEqual(expected);
    return found;
}

/** Waits until doctor finds nothing wrong any more, as after the cure that it names; fails with what
 * it finds still. */
export async function expectCured(number: number): Promise<void> {
    let found: Diagnosis[] = [];
    const isWell = async () => {
        found = await examine(number);
        return found.length === 0;
    };
    await until(isWell, { seconds: 150, what: "the cure" }).catch(() => undefined);
    expect(found).toEqual([]);
}
