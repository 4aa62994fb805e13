import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt } from "../lab/support/access.ts";
import { servers, untilWhole } from "../lab/support/cluster.ts";
import { docker, hostOf, onMachine } from "../lab/support/host.ts";
import { LabStack, type Outputs } from "../lab/support/labStack.ts";
import { lostWrites, OutsideClient } from "../lab/support/outsideClient.ts";
import { missing } from "../lab/support/pieces.ts";
import { CutLine, killAgent, powerOff, powerOn, SmallDisk } from "./support/lines.ts";
import { forgetReport, report } from "./support/report.ts";

const name = "lab-faults";

/** A fault, and what may come of it. */
interface Fault {
    readonly fault: string;
    /** Does it, and ends it, unless it ends by itself. */
    readonly strike: (leader: string, followers: readonly string[]) => Promise<void>;
    /** Prepares the machines for it; the outside client starts after that. */
    readonly prepare?: (leader: string, followers: readonly string[]) => Promise<void>;
    /** Takes the preparation back. */
    readonly clear?: () => Promise<void>;
    /** Seconds that the client may be without an accepted write. */
    readonly gap: number;
    /** Seconds after which all servers must vote again. */
    readonly heal: number;
}

/** An election after a crash: Consul's default timing takes up to ten seconds, a busy computer
 * more. */
const election = 20;

describe.skipIf(missing !== undefined)("a cluster of three under faults", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    let disk: SmallDisk | undefined;

    const addressOf = (node: string) => outputs.nodes[node]?.address ?? "";
    const othersOf = (node: string) =>
        Object.keys(outputs.nodes)
            .filter((other) => other !== node)
            .map(addressOf);

    /** Cuts a node off from the others for as long as is said. */
    async function cutOff(node: string, secondsLong: number, protocol?: "udp"): Promise<void> {
        const line = new CutLine(name, node, othersOf(node), protocol);
        await line.cut();
        await pause(secondsLong);
        await line.mend();
    }

    const kills = ["server-1", "server-2", "server-3"].map((node): Fault => {
        return {
            fault: `\`kill -9\` of the agent of ${node}`,
            strike: () => killAgent(name, node),
            gap: election,
            heal: 60,
        };
    });
    const restarts = ["server-1", "server-2", "server-3"].map((node): Fault => {
        return {
            fault: `machine of ${node} restarted`,
            strike: async () => {
                await docker("restart", "--time", "20", hostOf(name, node));
            },
            gap: election,
            heal: 90,
        };
    });
    const faults: Fault[] = [
        ...kills,
        ...restarts,
        {
            fault: "power of the leader's machine cut, on again after 20 s",
            strike: async (leader) => {
                await powerOff(name, leader);
                await pause(20);
                await powerOn(name, leader);
            },
            gap: election,
            heal: 90,
        },
        {
            fault: "leader cut off from the others for 30 s",
            strike: (leader) => cutOff(leader, 30),
            gap: election,
            heal: 60,
        },
        {
            fault: "a follower cut off for 30 s",
            strike: (_leader, [follower = ""]) => cutOff(follower, 30),
            gap: 3,
            heal: 60,
        },
        {
            fault: "UDP of one machine lost for 30 s, TCP not",
            strike: (_leader, [follower = ""]) => cutOff(follower, 30, "udp"),
            gap: 3,
            heal: 60,
        },
        {
            fault: "leader's container paused for 20 s",
            strike: async (leader) => {
                await onMachine(name, leader, "docker", "pause", "consul");
                await pause(20);
                await onMachine(name, leader, "docker", "unpause", "consul");
            },
            gap: election,
            heal: 60,
        },
        {
            fault: "disk of a follower full for 15 s, its agent restarted meanwhile",
            prepare: async (_leader, [follower = ""]) => {
                disk = new SmallDisk(name, follower);
                await disk.mount(96);
                await untilWhole(outputs);
            },
            strike: async (_leader, [follower = ""]) => {
                await disk?.fill();
                await pause(5);
                // The log has its room reserved in advance: only a start has to write elsewhere.
                await onMachine(name, follower, "docker", "restart", "--time", "5", "consul");
                await pause(10);
                await disk?.free();
            },
            clear: async () => {
                await disk?.unmount();
                await untilWhole(outputs);
            },
            gap: election,
            heal: 120,
        },
        {
            fault: "five quick restarts of the leader's container",
            strike: async (leader) => {
                for (let count = 0; count < 5; count += 1) {
                    await onMachine(name, leader, "docker", "restart", "--time", "1", "consul");
                }
            },
            gap: 2 * election,
            heal: 90,
        },
    ];

    beforeAll(async () => {
        forgetReport("faults");
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
    });

    afterAll(async () => {
        await stack.end();
    });

    it.each(faults)("$fault", async ({ fault, prepare, strike, clear, gap, heal }) => {
        const before = await servers(outputs);
        const leader = before.find(({ Leader }) => Leader)?.Name ?? "";
        const followers = before.map(({ Name }) => Name).filter((node) => node !== leader);
        await prepare?.(leader, followers);
        const client = new OutsideClient(Object.values(outputs.nodes).map((n) => n.httpAddress));
        await pause(1);
        await strike(leader, followers);
        const ended = Date.now();
        await untilWhole(outputs);
        const healed = Date.now() - ended;
        await pause(1);
        const seen = await client.stop();
        await clear?.();

        const lost: string[] = [];
        for (const { httpAddress } of Object.values(outputs.nodes)) {
            lost.push(...(await lostWrites(httpAddress, seen.acknowledged)));
        }
        report("faults", { fault, seen, healed, lost });
        expect(lost).toEqual([]);
        expect(seen.acknowledged.length).toBeGreaterThan(10);
        expect(seen.longestGap).toBeLessThan(gap * 1000);
        expect(healed).toBeLessThan(heal * 1000);
        const after = await servers(outputs);
        expect(after.map(({ ID }) => ID)).toEqual(before.map(({ ID }) => ID));
        const members = await agentAt(outputs.httpAddress).members();
        expect(members.map(({ Name }) => Name).sort()).toEqual(after.map(({ Name }) => Name));
    });

    it("leaves nothing for the next `up` to change", async () => {
        await stack.up("--refresh", "--expect-no-changes");
    });
});

function pause(seconds: number): Promise<void> {
    return new Promise((over) => setTimeout(over, seconds * 1000));
}
