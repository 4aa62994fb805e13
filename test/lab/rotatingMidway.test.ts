import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listKeyring } from "../../scripts/consul/consulAcl.ts";
import { readAccess } from "../../scripts/security/accessFile.ts";
import { agentAt } from "./support/access.ts";
import { get, put, untilWhole } from "./support/cluster.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { ask } from "./support/outsider.ts";
import { missing } from "./support/pieces.ts";
import { secretsIn } from "./support/rotations.ts";

const name = "lab-midway";

/** When the agent of which node stops: as soon as the run has said this. */
const stops = [
    { node: "client-1", said: /consul-access updating/ },
    { node: "server-2", said: /consul-server-1-files updating/ },
    { node: "server-1", said: /consul-settle updating/ },
];

describe.skipIf(missing !== undefined)("a rotation in which an agent stops midway", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    let generation = 1;

    const access = () => readAccess(outputs.access ?? "");
    const configure = () => {
        const rotate = Object.fromEntries(
            ["gossip", "ca", "leaf", "tokens"].map((what) => [what, generation]),
        );
        stack.configure({ servers: 3, clients: 1, rotate });
    };

    beforeAll(async () => {
        await stack.init();
        configure();
        await stack.up();
        outputs = await stack.outputs();
        expect(await put(outputs.httpAddress, "lab/midway", "kept")).toBe(true);
    });

    afterAll(async () => {
        await stack.end();
    });

    it.each(stops)("ends or names $node, and the next one ends it", async ({ node, said }) => {
        const before = secretsIn(await access());
        generation += 1;
        configure();
        const run = stack.start(stack.upWords());
        expect(await run.reaches(said)).toBe(true);
        await onMachine(name, node, "docker", "stop", "consul");
        const { exitCode, output } = await run.ended;
        if (exitCode !== 0) {
            expect(output).toContain(node);
        }
        await onMachine(name, node, "docker", "start", "consul");
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);

        const after = secretsIn(await access());
        const all = { [after.gossipKey]: 4 };
        const keyring = await listKeyring(agentAt(outputs.httpAddress));
        expect(keyring).toEqual({ keys: all, primaryKeys: all, nodes: 4 });
        const ca = outputs.caCertificate ?? "";
        for (const { httpAddress } of Object.values(outputs.nodes)) {
            const asked = async (secrets: typeof after) => {
                const token = secrets.token("operate").secretId;
                return (await ask(`${httpAddress}/v1/acl/token/self`, { ca, token })).status;
            };
            expect([await asked(before), await asked(after)]).toEqual([403, 200]);
            expect(await get(httpAddress, "lab/midway")).toBe("kept");
        }
        await stack.up("--expect-no-changes");
    });
});
