import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { get, put, servers, untilWhole } from "./support/cluster.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-drifting";
const three = ["server-1", "server-2", "server-3"];

/** What was done by hand to one server, whether it keeps its identity, and what `up` is told. */
interface Drift {
    readonly drift: string;
    readonly node: string;
    readonly script: string;
    readonly keepsIdentity: boolean;
}

const recreate = [
    "docker rm -f consul",
    // As somebody would who does not know what it was started with.
    "docker run -d --name consul --network host -v consul-data:/consul/data " +
        "$(docker images -q | head -1) agent -dev -client 0.0.0.0",
].join(" && ");

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
        drift: "a container that was made anew by hand",
        node: "server-2",
        script: recreate,
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
    {
        drift: "data that were deleted below a running agent",
        node: "server-1",
        script:
            "docker stop consul && rm -rf /var/lib/docker/volumes/consul-data/_data/* && " +
            "docker start consul",
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
            await stack.up("--refresh", "--expect-no-changes");
        },
    );
});

/** Node ids of the voters, by name. */
async function idsOf(outputs: Outputs): Promise<Record<string, string>> {
    const found = (await servers(outputs)).filter(({ Voter }) => Voter);
    return Object.fromEntries(found.map(({ Name, ID }) => [Name, ID]));
}
