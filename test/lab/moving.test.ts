import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reloadableFile } from "../../scripts/protocol/agentFiles.ts";
import { obtain, ToolMissing } from "../../cli/tools/obtain.ts";
import { agentAt, fetchAt } from "./support/access.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { docker, hostOf, onMachine, remains, volumes, volumesOf } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { leasedDriverTool } from "./support/leasedDriver.ts";
import { LeasedMachines, pathWith } from "./support/leasedMachines.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-moving";
const store = `.state/machines/${name}`;
const three = ["server-1", "server-2", "server-3"];

/** The folder of the driver, or why there is none. */
async function driverFolder(): Promise<{ readonly at: string; readonly lacking?: string }> {
    try {
        return { at: await obtain(leasedDriverTool) };
    } catch (error) {
        if (error instanceof ToolMissing) {
            return { at: "", lacking: error.reason };
        }
        throw error;
    }
}

const driver = missing === undefined ? await driverFolder() : { at: "" };
const reason = missing ?? driver.lacking;
const title = reason === undefined ? "" : `: skipped, ${reason}`;

describe.skipIf(reason !== undefined)(`machines whose addresses change${title}`, () => {
    const stack = new LabStack(name, { PATH: pathWith(driver.at) });
    let machines: LeasedMachines;
    let outputs: Outputs;
    let ids: Readonly<Record<string, string>>;

    beforeAll(async () => {
        machines = await LeasedMachines.make(stack, three, "10.99.7", driver.at);
        await stack.init();
        stack.configure({ driver: "leased", servers: three.map((node) => machines.node(node)) });
        await stack.up();
        outputs = await stack.outputs();
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
        ids = await idsOf(outputs);
    });

    afterAll(async () => {
        try {
            await stack.end();
        } finally {
            await machines.end();
        }
    });

    it.each([
        {
            node: "server-2",
            starter: "another program",
            from: 12,
            to: 52,
            said: "server-2: its machine is at 10.99.7.52 now, no longer at 10.99.7.12",
            check: "machine-unreachable",
        },
        {
            node: "server-1",
            starter: "docker-machine",
            from: 11,
            to: 51,
            said:
                "server-1: its machine is at 10.99.7.51, but its certificate is for " +
                "DNS:localhost, IP Address:10.99.7.11",
            check: "machine-moved",
        },
    ] as const)(
        "finds $node again that $starter started, and touches no other",
        async ({ node, starter, from, to, said, check }) => {
            const others = three.filter((other) => other !== node);
            const before = await containersOf(others);
            expect(outputs.nodes[node]?.address).toBe(machines.address(from));
            await machines.restart({ [node]: to }, starter);

            // Where it was the leader, the others elect another first.
            const [found] = await expectFound(
                { nodes: outputs.nodes, store, access: outputs.access },
                `${check} ${node}`,
            );
            expect(found?.fix).toContain("`pulumi up`");
            expect(await noticesOf(stack.must(stack.words("preview")))).toEqual([said]);
            await stack.up();
            outputs = await stack.outputs();
            expect(outputs.nodes[node]?.address).toBe(machines.address(to));
            expect(await containersOf(others)).toEqual(before);
            await expectSame(outputs);
            // For half a minute the others report the earlier address.
            await expectFound({ nodes: outputs.nodes, store, access: outputs.access });
            for (const other of others) {
                expect(await joinsOf(other)).toContain(machines.address(to));
                expect(await joinsOf(other)).not.toContain(machines.address(from));
            }
            await stack.up("--expect-no-changes");
        },
    );

    it("finds them all again where each has another address", async () => {
        await machines.restart(
            { "server-1": 61, "server-2": 62, "server-3": 63 },
            "another program",
        );
        expect(await noticesOf(stack.must(stack.words("preview")))).toEqual([
            "server-1: its machine is at 10.99.7.61 now, no longer at 10.99.7.51",
            "server-2: its machine is at 10.99.7.62 now, no longer at 10.99.7.52",
            "server-3: its machine is at 10.99.7.63 now, no longer at 10.99.7.13",
        ]);
        await stack.up();
        outputs = await stack.outputs();
        expect(three.map((node) => outputs.nodes[node]?.address)).toEqual(
            [61, 62, 63].map((last) => machines.address(last)),
        );
        await expectSame(outputs);
        await stack.up("--expect-no-changes");
    });

    it("leaves nothing", async () => {
        const held = (await Promise.all(three.map((node) => volumesOf(hostOf(name, node))))).flat();
        await stack.destroy();
        const left = await volumes();
        expect(held.filter((volume) => left.includes(volume))).toEqual([]);
        // The network is the test's own.
        expect(await remains(name)).toEqual([await docker("network", "ls", "-qf", `name=${name}`)]);
    });

    /** Expects the same servers under their new addresses, and no others, with their data. */
    async function expectSame({ nodes, httpAddress }: Outputs): Promise<void> {
        await untilWhole(outputs);
        expect(await idsOf(outputs)).toEqual(ids);
        const addresses = three.map((node) => nodes[node]?.address ?? "").toSorted();
        expect(await peersOf(httpAddress)).toEqual(addresses.map((address) => `${address}:8300`));
        const members = await agentAt(httpAddress).members();
        expect(members.map(({ Addr }) => Addr).toSorted()).toEqual(addresses);
        for (const node of three) {
            expect(await get(nodes[node]?.httpAddress ?? "", "kept")).toBe("safe");
        }
    }
});

/** What is said of nodes, without its end, each once: Pulumi says it as it is found, and at the end. */
async function noticesOf(output: Promise<string>): Promise<string[]> {
    const found = (await output).matchAll(
        /(server-\d: its machine.+); its machine is provisioned/g,
    );
    return [...new Set([...found].map(([, said]) => said ?? ""))].toSorted();
}

/** Which container each node's agent has, and since when it runs. */
function containersOf(nodes: readonly string[]): Promise<string[]> {
    const words = ["docker", "inspect", "--format", "{{.Id}} {{.State.StartedAt}}", "consul"];
    return Promise.all(nodes.map((node) => onMachine(name, node, ...words)));
}

/** The addresses that a node's agent joins at its next start. */
function joinsOf(node: string): Promise<string> {
    return onMachine(name, node, "sh", "-c", `docker cp consul:${reloadableFile} - | tar -xO`);
}

/** The addresses in Raft's configuration. */
async function peersOf(httpAddress: string): Promise<string[]> {
    const response = await fetchAt(`${httpAddress}/v1/operator/raft/configuration`);
    const { Servers } = (await response.json()) as { Servers: readonly { Address: string }[] };
    return Servers.map(({ Address }) => Address).toSorted();
}

/** Node ids of the voters, by name. */
async function idsOf(outputs: Outputs): Promise<Record<string, string>> {
    const found = (await servers(outputs)).filter(({ Voter }) => Voter);
    return Object.fromEntries(found.map(({ Name, ID }) => [Name, ID]));
}
