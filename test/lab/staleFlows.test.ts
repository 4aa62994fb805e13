import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isOld } from "../../scripts/machine/staleFlows.ts";
import { ledTo } from "../../scripts/machine/staleFlows.ts";
import { listen } from "../../cli/doctor/gather/client.ts";
import { agentAt } from "./support/access.ts";
import { untilWhole } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";
import { until } from "./support/realAgents.ts";

const name = "lab-flows";
const store = `.state/machines/${name}`;

/** The ports of gossip, which servers speak among themselves by UDP. */
const gossip = [8301, 8302];

/** Seconds in which an agent probes another twice, even after others that did not respond have slowed it down: it then
 * probes one member every 8 s, and of two exchanges the second counts as a stream. */
const slowGossip = 90;

/** Milliseconds that a probe may take of an agent that was slowed down by others that did not respond: over 8 s. */
const slowestProbe = 10_000;

/** Milliseconds in which every server probes every other at both ports. */
const round = 15_000;

describe.skipIf(missing !== undefined)("an agent that comes to another address inside", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    let version = "";

    const there = (node: string, script: string) => onMachine(name, node, "sh", "-c", script);
    const addressInside = (node: string) =>
        there(node, "docker inspect --format='{{.NetworkSettings.IPAddress}}' consul");

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
        version = await there("server-1", "docker version --format='{{.Server.Version}}'");
    });

    afterAll(async () => {
        await stack.end();
    });

    /**
     * Has an agent be the one that began its flows of gossip to the others, for those are what older
     * engines leave: what others began goes with the container.
     */
    async function beginAll(node: string, others: readonly string[]): Promise<void> {
        const inside = await addressInside(node);
        const addressOf = (one: string) => outputs.nodes[one]?.address ?? "";
        const own = (other: string) =>
            there(
                node,
                `conntrack -L -p udp --orig-src ${inside} --orig-dst ${addressOf(other)} ` +
                    `--reply-dst ${addressOf(node)} --reply-port-dst 8301 2>/dev/null`,
            );
        const isSoOfAll = async (isSo: (flow: string) => boolean) =>
            (await Promise.all(others.map(own))).every(isSo);
        // While nothing comes in anywhere, what is remembered is what each sends by itself. All at once:
        // a machine gives what a container sends from one port the port that it gave it before.
        const all = [node, ...others];
        const rule = "DOCKER-USER ! -i docker0 -p udp --dport 8301 -j DROP";
        await Promise.all(all.map((one) => there(one, `iptables -I ${rule}`)));
        const deleteFlows = "conntrack -D -p udp --orig-port-dst 8301; true";
        await Promise.all(all.map((one) => there(one, deleteFlows)));
        const begun = { seconds: slowGossip, what: `flows of ${node} to the others` };
        await until(() => isSoOfAll((flow) => flow !== ""), begun);
        for (const one of all) {
            await there(one, `iptables -D ${rule}`);
        }
        const answered = { seconds: slowGossip, what: `the others' answers to ${node}` };
        await until(() => isSoOfAll((flow) => flow.includes("ASSURED")), answered);
    }

    /** Removes a node's container, and has another take its address inside the machine. */
    async function takeItsAddress(node: string): Promise<void> {
        const others = Object.keys(outputs.nodes).filter((one) => one !== node);
        await beginAll(node, others);
        const inside = await addressInside(node);
        await there(node, "docker rm -f consul");
        const image = await there(node, "docker images -q | head -1");
        await there(node, `docker run -d --name other ${image} agent -dev`);
        const taken = "docker inspect --format='{{.NetworkSettings.IPAddress}}' other";
        expect(await there(node, taken)).toBe(inside);
    }

    /** The addresses inside a node's machine to which incoming gossip is forwarded. */
    async function led(node: string): Promise<string[]> {
        const ip = outputs.nodes[node]?.address ?? "";
        const table = await there(node, "conntrack -L -p udp 2>/dev/null");
        return [...new Set(gossip.flatMap((port) => ledTo(table, { ip, port })))].sort();
    }

    /** What the agents log, in one round, of probes that passed by TCP alone. */
    async function lostProbes(): Promise<string[]> {
        const heard = Object.values(outputs.nodes).map(({ httpAddress }) =>
            listen(agentAt(httpAddress), round / 1000),
        );
        return (await Promise.all(heard)).flat().filter((line) => line.includes("probes failed"));
    }

    it("is reached by UDP there: the flows to its old address are deleted", async ({ skip }) => {
        skip(!isOld(version), `Docker Engine ${version} deletes stale flows itself`);
        const before = await addressInside("server-2");
        await takeItsAddress("server-2");
        await stack.up("--refresh");
        const after = await addressInside("server-2");
        expect(after).not.toBe(before);
        expect(await lostProbes()).toEqual([]);
        expect(await led("server-2")).toEqual([after]);
        await stack.up("--expect-no-changes");
    });

    it("is reported where its machine cannot delete them, and doctor names it and a fix", async ({
        skip,
    }) => {
        skip(!isOld(version), `Docker Engine ${version} deletes stale flows itself`);
        const before = await addressInside("server-3");
        await takeItsAddress("server-3");
        await there("server-3", "mv /usr/sbin/conntrack /usr/sbin/conntrack.away");
        const said = await stack.up("--refresh");
        expect(said).toMatch(
            /lab-flows-server-3: its Docker Engine \S+ leaves UDP flows behind .+: sudo: conntrack: command not found\. Install conntrack/,
        );
        await there("server-3", "mv /usr/sbin/conntrack.away /usr/sbin/conntrack");
        const after = await addressInside("server-3");
        expect(after).not.toBe(before);

        const [found] = await expectFound(
            { nodes: outputs.nodes, store, access: outputs.access },
            "udp-lost server-3",
        );
        expect(found?.seen).toMatch(
            /^and server-1 and server-2 reach each other at 8301( and 8302)? by tcp, and not by udp$/,
        );
        const cures = [...(found?.fix ?? "").matchAll(/`(sudo conntrack [^`]+)`/g)];
        for (const [, cure = ""] of cures) {
            await there("server-3", cure);
        }
        // Probes that were under way before the fix are reported when their time is over.
        await sleep(slowestProbe);
        expect(await lostProbes()).toEqual([]);
        expect(await led("server-3")).toEqual([after]);
        await expectFound({ nodes: outputs.nodes, store, access: outputs.access });
    });
});
