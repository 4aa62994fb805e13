import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { servers } from "./support/cluster.ts";
import { docker, remains } from "./support/host.ts";
import { LabStack } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

/** Moments of an update, by the line that shows it has begun. */
const moments = [
    { moment: "its machines' hosts are being made", line: /consul-server-1-lab-host creating/ },
    { moment: "docker-machine provisions", line: /machine creating.*(Provision|Copying certs)/ },
    { moment: "the agents are being started", line: /consul-server-1-agent creating/ },
];

describe.skipIf(missing !== undefined)("an update that is interrupted", () => {
    const name = "lab-broken";
    const stack = new LabStack(name);

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 1, clients: 1 });
    });

    afterAll(async () => {
        await stack.end();
    });

    for (const signal of ["SIGINT", "SIGKILL"] as const) {
        for (const { moment, line } of moments) {
            it(`by ${signal} while ${moment} is completed by the next one`, async () => {
                const first = stack.start(stack.upWords());
                expect(await first.reaches(line)).toBe(true);
                first.kill(signal);
                expect((await first.ended).exitCode).not.toBe(0);
                if (signal === "SIGKILL") {
                    await stack.unlock();
                }

                await stack.up();
                const outputs = await stack.outputs();
                const found = await servers(outputs);
                expect(found.map(({ Name, Voter }) => [Name, Voter])).toEqual([["server-1", true]]);

                const filter = `label=consul-machines.owner=consul-machines/${name}`;
                const hosts = await docker("ps", "-a", "--filter", filter, "--format={{.Names}}");
                expect(hosts.split("\n").sort()).toEqual([
                    `consul-machines-${name}-client-1`,
                    `consul-machines-${name}-server-1`,
                ]);
                await stack.destroy();
                expect(await remains(name)).toEqual([]);
            });
        }
    }
});
