import * as pulumi from "@pulumi/pulumi";
import * as fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { ConsulClusterArgs, NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { RolloutArgs } from "../../components/cluster/rollout.ts";
import { declareCluster, requestOf, scriptOutputs } from "../support/cluster.ts";
import type { Declared, Outputs } from "../support/declare.ts";

afterEach(() => {
    vi.restoreAllMocks();
});

const nodes = (role: string, count: number) =>
    Array.from({ length: count }, (_, index): NodeArgs => ({
        name: `${role}-${index + 1}`,
        machine: { driver: "generic", address: `10.0.${role === "server" ? 1 : 2}.${index + 10}` },
    }));

const names = (role: string, count: number) => nodes(role, count).map(({ name }) => name);

const declareRollout = (
    clients: number,
    rollout?: RolloutArgs,
    over: Partial<ConsulClusterArgs> = {},
    outputs: Outputs = scriptOutputs,
) =>
    declareCluster(
        "generic",
        {
            servers: nodes("server", 3),
            clients: nodes("client", clients),
            ...(rollout === undefined ? {} : { rollout }),
            ...over,
        },
        { outputs },
    );

/** The clients whose gates something waits for. */
function clientGates({ dependsOn }: Declared): string[] {
    return dependsOn.flatMap((key) => /^Command consul-(client-\d+)-ready$/.exec(key)?.[1] ?? []);
}

test("of twelve clients each waits for the two before its own group, and the first two for the servers alone", async () => {
    const { find } = await declareRollout(12);

    const waits = names("client", 12).map((name) =>
        clientGates(find(`Container consul-${name}-agent`)),
    );
    const expected = names("client", 12).map((_, index) => {
        const group = Math.floor(index / 2);
        return group === 0 ? [] : [`client-${2 * group - 1}`, `client-${2 * group}`];
    });
    expect(waits.map((all) => all.sort())).toEqual(expected.map((all) => all.sort()));
    for (const name of names("client", 12)) {
        expect(find(`Container consul-${name}-agent`).dependsOn).toContain(
            "Command consul-server-3-ready",
        );
    }
});

test("the clients of a new cluster start in parallel, where it is known to be new", async () => {
    const { find } = await declareRollout(5, { existing: [] });

    const waits = names("client", 5).map((name) =>
        clientGates(find(`Container consul-${name}-agent`)),
    );
    expect(waits).toEqual([[], [], [], [], []]);
});

test("a client that is new waits for none, and none waits for it; machines of the others wait as their agents do", async () => {
    const existing = [...names("server", 3), "client-1", "client-2", "client-4"];
    const { find } = await declareRollout(4, { existing });

    const ofAgents = names("client", 4).map((name) =>
        clientGates(find(`Container consul-${name}-agent`)),
    );
    const ofMachines = names("client", 4).map((name) =>
        clientGates(find(`Command consul-${name}-machine`)),
    );
    expect(ofAgents).toEqual([[], ["client-1"], [], ["client-2"]]);
    expect(ofMachines).toEqual(ofAgents);
});

test("a lab machine that is there waits for its turn together with its host", async () => {
    const existing = ["server-1", "server-2", "server-3", "client-1", "client-2"];
    const { find } = await declareCluster("lab", { rollout: { existing } });

    const second = ["Container consul-client-2-lab-host", "Command consul-client-2-machine"];
    expect(second.map((key) => clientGates(find(key)))).toEqual([["client-1"], ["client-1"]]);
    expect(clientGates(find("Container consul-client-1-lab-host"))).toEqual([]);
});

test("the canary changes alone and first; outputs and gates have the clients in the settings' order", async () => {
    const { find, cluster } = await declareRollout(5, { canary: "client-3", clientsAtOnce: 2 });

    const waits = names("client", 5).map((name) =>
        clientGates(find(`Container consul-${name}-agent`)),
    );
    expect(waits).toEqual([
        ["client-3"],
        ["client-3"],
        [],
        ["client-1", "client-2"],
        ["client-1", "client-2"],
    ]);
    expect(Object.keys(cluster.nodes)).toEqual([...names("server", 3), ...names("client", 5)]);
    expect(requestOf(find("Command consul-cluster-ready"))).toHaveProperty(
        "clients",
        names("client", 5),
    );
});

test.each([
    { clientsAtOnce: "50%" },
    { clientsAtOnce: 1, canary: "client-2" },
    { existing: [] },
    { existing: names("client", 4), canary: "client-4", pauseBefore: "server-2" },
] as const)("%j changes no input of any resource, but only the order", async (rollout) => {
    vi.spyOn(pulumi.log, "info").mockResolvedValue();
    const [plain, rolling] = [
        await declareRollout(4, undefined, { security: "full" }),
        await declareRollout(4, rollout, { security: "full" }),
    ];
    const inputsOf = ({ declared }: typeof plain) =>
        declared.map(({ key, inputs }) => ({ key, inputs }));
    expect(inputsOf(rolling)).toEqual(inputsOf(plain));
});

test("whatever the steps are, nothing waits for itself", async () => {
    vi.spyOn(pulumi.log, "info").mockResolvedValue();
    const all = [...names("server", 3), ...names("client", 6)];
    const rollouts = fc.record({
        clientsAtOnce: fc.integer({ min: 1, max: 7 }),
        canary: fc.constantFrom(undefined, ...names("client", 6)),
        existing: fc.option(fc.subarray(all), { nil: undefined }),
        pauseBefore: fc.subarray(all),
    });
    await fc.assert(
        fc.asyncProperty(rollouts, async (rollout) => {
            const { declared } = await declareRollout(6, rollout);
            expect(leftInCircles(declared)).toEqual([]);
        }),
        { numRuns: 12 },
    );
});

/** What is left once all that waits for nothing else is taken away, again and again. */
function leftInCircles(declared: readonly Declared[]): string[] {
    let left = [...declared];
    for (;;) {
        const keys = new Set(left.map(({ key }) => key));
        const next = left.filter(({ dependsOn }) => dependsOn.some((key) => keys.has(key)));
        if (next.length === left.length) {
            return left.map(({ key }) => key);
        }
        left = next;
    }
}

/** The nodes all of whose resources stay as they are, and those of which some do. */
function heldAmong(declared: readonly Declared[]) {
    const own = declared.filter(
        ({ key, type }) =>
            / consul-(server|client)-\d/.test(key) && !type.startsWith("consul-machines:"),
    );
    const nodeOf = ({ key }: Declared) => /consul-(\w+-\d+)/.exec(key)?.[1] ?? "";
    const isHeld = ({ ignoreChanges }: Declared) => ignoreChanges.includes("*");
    const providers = own.filter(({ key }) => key.startsWith("Provider"));
    const others = own.filter(({ key }) => !key.startsWith("Provider"));
    const some = new Set(others.filter(isHeld).map(nodeOf));
    const notAll = new Set(others.filter((one) => !isHeld(one)).map(nodeOf));
    return {
        held: [...some].filter((node) => !notAll.has(node)).sort(),
        torn: [...some].filter((node) => notAll.has(node)),
        providers: providers.filter(isHeld).map(({ key }) => key),
    };
}

test.each([
    ["server-2", ["client-1", "client-2", "server-2", "server-3"]],
    [
        ["client-2", "server-3"],
        ["client-1", "client-2", "server-3"],
    ],
    ["client-2", ["client-2"]],
    ["server-1", ["client-1", "client-2", "server-1", "server-2", "server-3"]],
    [[], []],
] as const)(
    "with a pause before %j these stay as they are, with all of theirs but the way to them: %j",
    async (pauseBefore, expected) => {
        vi.spyOn(pulumi.log, "info").mockResolvedValue();
        for (const driver of ["lab", "generic"] as const) {
            for (const security of ["open", "full"] as const) {
                const { declared } = await declareCluster(driver, {
                    security,
                    rollout: { pauseBefore },
                });
                expect(heldAmong(declared)).toEqual({ held: expected, torn: [], providers: [] });
            }
        }
    },
);

test("the canary is in front of a pause before any other client", async () => {
    vi.spyOn(pulumi.log, "info").mockResolvedValue();
    const rollout = { canary: "client-2", pauseBefore: "client-1" };
    const { declared } = await declareCluster("generic", { rollout });
    expect(heldAmong(declared).held).toEqual(["client-1"]);
});

test("a rotation does not end while nodes stay as they are: they have the secrets of before", async () => {
    vi.spyOn(pulumi.log, "info").mockResolvedValue();
    const rollout = { pauseBefore: "client-2" };
    const paused = await declareCluster("generic", { security: "full", rollout });
    const plain = await declareCluster("generic", { security: "full" });

    expect(paused.find("Command consul-settle").ignoreChanges).toEqual(["*"]);
    expect(plain.find("Command consul-settle").ignoreChanges).toEqual([]);
    const others = ["seed", "ca", "access", "grant", "cluster-ready", "formation", "store"];
    expect(others.map((name) => paused.find(`Command consul-${name}`).ignoreChanges)).toEqual(
        others.map((name) => plain.find(`Command consul-${name}`).ignoreChanges),
    );
});

test("what is to change behind a pause is told, by node", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const info = vi.spyOn(pulumi.log, "info").mockResolvedValue();
    // What the engine answers of a resource that it left as it was.
    const before: Outputs = (resource) => {
        const { name } = resource;
        if (name === "consul-server-2-agent" || name === "consul-client-1-agent") {
            return { image: "hashicorp/consul:1.21.0", command: ["agent"], envs: [] };
        }
        return name === "consul-server-3-machine"
            ? { ...scriptOutputs(resource), stdin: "{}" }
            : scriptOutputs(resource);
    };
    await declareCluster("generic", { rollout: { pauseBefore: "server-2" } }, { outputs: before });

    expect(info).not.toHaveBeenCalled();
    expect(warn.mock.calls.map(([text]) => text)).toEqual([
        "Paused before server-2 (rollout.pauseBefore): server-2, server-3, client-1, client-2 stay as they are; to change " +
            "later: server-2: command, image; server-3: machine; client-1: command, image. To go on, name a later " +
            "node there, or leave it out, and run this again.",
    ]);
});

test("a pause behind which nothing is to change is told as well, and no pause is not", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const info = vi.spyOn(pulumi.log, "info").mockResolvedValue();
    await declareCluster("generic", { rollout: { pauseBefore: "client-2" } });
    await declareCluster("generic", {});
    await declareCluster("generic", { rollout: { pauseBefore: "client-2", existing: [] } });

    expect(warn).not.toHaveBeenCalled();
    expect(info.mock.calls.map(([text]) => text)).toEqual([
        "Paused before client-2 (rollout.pauseBefore): client-2 stays as it is; nothing of them is to change. To go on, name a " +
            "later node there, or leave it out, and run this again.",
    ]);
});

test("the library refuses steps that cannot be gone, before anything is declared", async () => {
    const rollout = { canary: "server-1", pauseBefore: "server-9", clientsAtOnce: 0 };
    await expect(declareCluster("generic", { rollout })).rejects.toThrow(
        [
            "Invalid arguments:",
            "rollout.clientsAtOnce: got 0; a whole number from 1, or a part from 1% to 100%.",
            'rollout.canary: got "server-1"; a client: servers change one after another, the first one first; pauseBefore stops before one of them.',
            'rollout.pauseBefore: got "server-9"; a node; there are server-1, server-2, server-3, client-1, client-2.',
        ].join("\n  "),
    );
});

test("clients that share a machine change in groups, too", async () => {
    const { find } = await declareCluster("generic", {
        machine: { driver: "generic", address: "10.0.0.9" },
        servers: [{ name: "server-1" }],
        clients: ["client-1", "client-2"].map((name) => ({ name })),
        rollout: { canary: "client-2", existing: ["server-1", "client-1", "client-2"] },
    });

    expect(clientGates(find("Container consul-client-1-agent"))).toEqual(["client-2"]);
    expect(clientGates(find("Container consul-client-2-agent"))).toEqual([]);
});
