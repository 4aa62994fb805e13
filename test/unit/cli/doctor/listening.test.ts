import { createServer, type AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { listeningCheck } from "../../../../cli/doctor/checks/listening.ts";
import type { ClusterFacts, NodeFacts } from "../../../../cli/doctor/facts.ts";
import { diagnose, reportFindings } from "../../../../cli/doctor/findings.ts";
import { askListening } from "../../../../cli/doctor/gather/listening.ts";
import { sharedOf } from "./listeningCases.ts";
import { securedOf } from "./securedCases.ts";

/** A listener on a free port of the loopback, and how it ends. */
async function listener() {
    const heard: Buffer[] = [];
    const server = createServer((socket) => socket.on("data", (chunk) => heard.push(chunk)));
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    const { port } = server.address() as AddressInfo;
    const end = () =>
        new Promise<void>((done) =>
            server.close(() => {
                done();
            }),
        );
    return { port, heard, end };
}

describe("askListening", () => {
    it("tells the ports that take a connection from those that refuse it, and sends nothing", async () => {
        const [one, gone, other] = [await listener(), await listener(), await listener()];
        onTestFinished(async () => {
            await Promise.all([one.end(), other.end()]);
        });
        await gone.end();
        const ports = [one.port, gone.port, other.port];
        const found = await askListening("127.0.0.1", ports);
        expect(found).toEqual({ address: "127.0.0.1", ports: [one.port, other.port] });
        expect([...one.heard, ...other.heard]).toEqual([]);
    });

    it("has seen that nothing listens where all is refused", async () => {
        const gone = await listener();
        await gone.end();
        const found = await askListening("127.0.0.1", [gone.port]);
        expect(found).toEqual({ address: "127.0.0.1", ports: [] });
    });

    it("knows nothing of an address that neither takes nor refuses a connection", async () => {
        // No host has it, whatever the network: there is no TCP to all of them at once.
        expect(await askListening("255.255.255.255", [8300, 8301])).toBeUndefined();
    });
});

const server = [8300, 8301, 8501, 8600];
const client = [8301, 8501, 8600];

/** Two servers and a client agent of whose machines these ports are reached. */
function seen(ports: Readonly<Record<string, readonly number[]>>): ClusterFacts {
    const facts = securedOf({ s1: {}, s2: {}, c1: {} });
    const nodes = facts.nodes.map((node): NodeFacts => {
        const own = ports[node.name];
        const { name, address = "" } = node;
        return own === undefined ? node : { ...node, name, listening: { address, ports: own } };
    });
    return { ...facts, nodes };
}

/** What the report has of that. */
function reported(facts: ClusterFacts): string {
    const checks = [listeningCheck];
    return reportFindings(checks, facts, diagnose(checks, facts));
}

describe("what is said of the ports that are reached", () => {
    it("is one line by role where all is as the stack publishes it", () => {
        expect(reported(seen({ s1: server, s2: server, c1: client }))).toBe(
            "  ok    of Consul's TCP ports this computer reaches servers at 8300, 8301, 8501 and 8600; " +
                "client agents at 8301, 8501 and 8600: no other than the stack publishes",
        );
    });

    it("names nodes where not all of a role are alike: a firewall may keep this computer out", () => {
        expect(reported(seen({ s1: server, s2: [8501], c1: [] }))).toContain(
            "reaches s1 at 8300, 8301, 8501 and 8600; s2 at 8501; client agents at none: no other",
        );
    });

    it("claims nothing of machines that did not answer", () => {
        expect(reported(seen({ s2: server }))).toContain(
            "reaches s2 at 8300, 8301, 8501 and 8600: no",
        );
        expect(reported(seen({}))).toBe("");
    });

    it("is one thing of a machine that nodes share", () => {
        expect(reported(sharedOf([8501, 8600]))).toContain(
            "reaches the nodes' machine at 8501 and 8600:",
        );
    });

    it("is no such line where something is wrong", () => {
        const said = reported(seen({ s1: [...server, 8302], s2: server, c1: client }));
        expect(said).toContain("  FAIL  s1: something takes connections at 10.0.0.1:8302");
        expect(said).not.toContain("  ok ");
    });
});
