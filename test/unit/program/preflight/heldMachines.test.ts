import { expect, test } from "vitest";
import type { RolloutArgs } from "../../../../components/cluster/rollout.ts";
import { heldProblems, type HeldMachinesArgs } from "../../../../program/preflight/heldMachines.ts";

const machine = { driver: "generic", address: "192.0.2.1" } as const;
const node = (name: string, more: object = {}) => ({ name, machine, ...more });

const nodes = {
    servers: [node("server-1"), node("server-2")],
    clients: [node("client-1")],
};

const moved =
    "server-2: its machine is at 192.0.2.9 now, no longer at 192.0.2.1; its machine is provisioned again.";

/** What was found, where only these machines need something. */
function found(
    needs: Readonly<Record<string, string>>,
    more: object = {},
): HeldMachinesArgs["found"] {
    return [...nodes.servers, ...nodes.clients].map(({ name }) => ({
        declared: { ...node(name, more), role: "server" },
        check: needs[name] === undefined ? {} : { reason: "address", notice: needs[name] },
    }));
}

function problems(rollout: RolloutArgs, over: Partial<HeldMachinesArgs> = {}): string[] {
    const existing = ["server-1", "server-2", "client-1"];
    const all = {
        nodes,
        rollout: { existing, ...rollout },
        found: found({}),
        renewal: { lasts: true },
    };
    return heldProblems({ ...all, ...over });
}

test("machines that need nothing may stay as they are", () => {
    expect(problems({ pauseBefore: "server-2" })).toEqual([]);
});

test("one that has moved may not, if it is behind the pause", () => {
    const needs = { found: found({ "server-2": moved }) };
    expect(problems({ pauseBefore: ["server-2", "client-1"] }, needs)).toEqual([
        'rollout.pauseBefore: got "server-2, client-1"; that would be kept from what has to be done now: ' +
            `${moved} Leave it out, and set back what is not to change yet, until that is done`,
    ]);
    expect(problems({ pauseBefore: "client-1" }, needs)).toEqual([]);
    expect(problems({}, needs)).toEqual([]);
});

test("a renewal of the store is for all of them; one that somebody else has to do is no reason", () => {
    const notice = "store: its certificate authority expires; it is renewed.";
    const [problem, ...others] = problems(
        { pauseBefore: "client-1" },
        { renewal: { lasts: true, reason: "certificate", notice } },
    );
    expect(problem).toContain(notice);
    expect(others).toEqual([]);
    expect(problems({ pauseBefore: "client-1" }, { renewal: { lasts: false, notice } })).toEqual(
        [],
    );
});

test("a container whose place is yet to be taken is not kept from it by a pause", () => {
    const adopting = { found: found({}, { adopt: { container: "old" } }) };
    expect(
        problems({ pauseBefore: "server-2", existing: ["server-1", "client-1"] }, adopting),
    ).toEqual([
        'rollout.pauseBefore: got "server-2"; "server-2" has yet to take the place of its container, and what is not there ' +
            "yet is made in any case; list the node once it is to be",
    ]);
});
