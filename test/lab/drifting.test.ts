import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt } from "./support/access.ts";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { docker, hostOf, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { giveEngine, readAuthority } from "./support/machineCertificates.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-drifting";
const three = ["server-1", "server-2", "server-3"];

/** What was done by hand to one server, whether it keeps its identity, and the arguments of `up`. */
interface Drift {
    readonly drift: string;
    readonly node: string;
    readonly script: string;
    readonly keepsIdentity: boolean;
}

const drifts: readonly Drift[] = [
    {
        drift: "a container that was stopped",
        node: "server-2",
        script: "docker stop consul",
        keepsIdentity: true,
    },
    {
        drift: "a container that was removed",
        node: "server-3",
        script: "docker rm -f consul",
        keepsIdentity: true,
    },
    {
        drift: "a bootstrap server's container that was removed",
        node: "server-1",
        script: "docker rm -f consul",
        keepsIdentity: true,
    },
    {
        drift: "a container whose restart policy was changed",
        node: "server-2",
        script: "docker update --restart no consul",
        keepsIdentity: true,
    },
    {
        drift: "a volume that was deleted",
        node: "server-3",
        script: "docker rm -f consul && docker volume rm consul-data",
        keepsIdentity: false,
    },
    {
        drift: "the bootstrap server's volume that was deleted",
        node: "server-1",
        script: "docker rm -f consul && docker volume rm consul-data",
        keepsIdentity: false,
    },
];

describe.skipIf(missing !== undefined)("a cluster that was changed by hand", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
    });

    afterAll(async () => {
        await stack.end();
    });

    it.each(drifts)(
        "has $drift put right by `up --refresh`",
        async ({ node, script, keepsIdentity }) => {
            const before = await idsOf(outputs);
            await onMachine(name, node, "sh", "-c", script);
            await stack.up("--refresh");
            await untilWhole(outputs);
            const after = await idsOf(outputs);
            expect(Object.keys(after)).toEqual(three);
            for (const other of three) {
                if (other !== node || keepsIdentity) {
                    expect([other, after[other]]).toEqual([other, before[other]]);
                } else {
                    expect([other, after[other]]).not.toEqual([other, before[other]]);
                }
                const { httpAddress = "" } = outputs.nodes[other] ?? {};
                expect(await get(httpAddress, "kept")).toBe("safe");
            }
            await untilListed(outputs);
            await stack.up("--refresh", "--expect-no-changes");
        },
    );

    it("has a stopped machine started by `up`, and nothing on it recreated", async () => {
        const before = await idsOf(outputs);
        await docker("stop", "--time=5", hostOf(name, "server-2"));
        const preview = await stack.run(stack.words("preview"));
        expect(preview.output).toContain("for it is stopped; `pulumi up` starts it");
        const said = await stack.up();
        expect(said).toContain("server-2: its machine is stopped; starting it.");
        await untilWhole(outputs);
        expect(await idsOf(outputs)).toEqual(before);
        expect(await get(outputs.nodes["server-2"]?.httpAddress ?? "", "kept")).toBe("safe");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("takes back a bootstrap server, empty, whose data were deleted while it ran", async () => {
        const before = await idsOf(outputs);
        const data = "/var/lib/docker/volumes/consul-data/_data";
        // Long enough for the others to call it failed: its name is free again after that.
        const script = `docker stop consul && rm -rf ${data}/* && sleep 15 && docker start consul`;
        await onMachine(name, "server-1", "sh", "-c", script);
        // Its gossip keys are gone with its data, so it finds nobody. Nothing in Pulumi's state has changed.
        await stack.up("--replace", "**::consul-server-1-files");
        await untilHolds(async () => {
            const { "server-1": id } = await idsOf(outputs);
            return id !== undefined && id !== before["server-1"];
        });
        await untilWhole(outputs);
        for (const { httpAddress } of Object.values(outputs.nodes)) {
            expect(await get(httpAddress, "kept")).toBe("safe");
        }
        await untilListed(outputs);
    });

    it("has a certificate that is about to expire renewed, on its machine alone", async () => {
        const before = await idsOf(outputs);
        await giveEngine(name, "server-2", await readAuthority(name), 10);
        const seen = await stack.must(stack.words("preview"));
        // Said once as it is found, and once more at the end.
        const named = new Set(seen.match(/server-\d: its machine's certificate expires on /g));
        expect([...named]).toEqual(["server-2: its machine's certificate expires on "]);
        await stack.up();
        expect(await certificateDays("server-2")).toBeGreaterThan(365);
        await untilWhole(outputs);
        expect(await idsOf(outputs)).toEqual(before);
        await stack.up("--expect-no-changes");
    });

    it("does not touch a foreign container in the place of ours", async () => {
        const image = await onMachine(name, "server-2", "sh", "-c", "docker images -q | head -1");
        const hold = `docker create --name consul -l whose=mine ${image} version`;
        await onMachine(name, "server-2", "sh", "-c", `docker rm -f consul && ${hold}`);
        const refused = await stack.run(stack.upWords("--refresh"));
        expect(refused.exitCode).not.toBe(0);
        expect(refused.output).toContain('The container name "/consul" is already in use');
        const label = '{{index .Config.Labels "whose"}}';
        const left = await onMachine(name, "server-2", "docker", "inspect", "-f", label, "consul");
        expect(left).toBe("mine");
        await onMachine(name, "server-2", "docker", "rm", "consul");
        await stack.up();
        await untilWhole(outputs);
        await stack.up("--refresh", "--expect-no-changes");
    });
});

/** For how many days the certificate in a machine's place is good. */
async function certificateDays(node: string): Promise<number> {
    const file = "/etc/docker/server.pem";
    const certificate = new X509Certificate(await onMachine(name, node, "cat", file));
    return (new Date(certificate.validTo).getTime() - Date.now()) / (24 * 60 * 60 * 1000);
}

/** Waits until the catalog lists every server under the id that it votes with. */
async function untilListed(outputs: Outputs): Promise<void> {
    const api = agentAt(outputs.httpAddress);
    await untilHolds(async () => {
        const voting = await idsOf(outputs);
        const listed = await Promise.all(three.map((node) => api.registeredId(node)));
        return three.every((node, index) => voting[node] === listed[index]);
    });
}

/** Looks again and again, for two minutes and a half, until it holds. */
async function untilHolds(check: () => Promise<boolean>): Promise<void> {
    for (let waited = 0; !(await check().catch(() => false)); waited += 1) {
        expect(waited).toBeLessThan(300);
        await new Promise((again) => setTimeout(again, 500));
    }
}

/** Node ids of the voters, by name. */
async function idsOf(outputs: Outputs): Promise<Record<string, string>> {
    const found = (await servers(outputs)).filter(({ Voter }) => Voter);
    return Object.fromEntries(found.map(({ Name, ID }) => [Name, ID]));
}
