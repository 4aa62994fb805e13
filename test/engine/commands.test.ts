import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { statusAnswer, stopAnswer, topologyAnswer } from "../../cli/verbs/answers.ts";
import { withoutHost } from "./support/cli.ts";
import { HandmadeProgram } from "./support/handmade.ts";

const cli = inject("pulumi")?.path ?? "";

const source = `
import { ConsulCluster } from "LIBRARY";
const node = (name: string, address: string) => ({ name, machine: { driver: "generic" as const, address } });
new ConsulCluster("shop", {
    datacenter: "dc1",
    image: { kind: "pulled", reference: "consul:1" },
    store: { path: "store" },
    security: "open",
    servers: [node("a", "192.0.2.11")],
    clients: [node("x", "192.0.2.12")],
});
`;

describe.skipIf(withoutHost !== "")(
    `commands on a program that uses the library${withoutHost}`,
    () => {
        let program: HandmadeProgram;

        beforeAll(async () => {
            program = await HandmadeProgram.write(cli, source);
            expect((await program.pulumi("stack", "init", "prod")).code).toBe(0);
        });

        afterAll(() => {
            program.dispose();
        });

        test("refuse a stack that nothing was made of", async () => {
            const { code, stderr } = await program.command("status", "--stack", "prod");
            expect([code, stderr.trim()]).toEqual([
                3,
                'The stack "prod" has no cluster: `pulumi up` makes what its program declares.',
            ]);
        });

        test("start asks before it changes anything, and then does what `pulumi up` does", async () => {
            const asked = await program.command("start", "--stack", "prod");
            expect([asked.code, asked.stderr]).toEqual([
                1,
                expect.stringContaining("Nothing was changed: there is no terminal to ask on."),
            ]);
            expect(asked.stdout).toMatch(/create: \d+/);
            const { code, stdout } = await program.command(
                "start",
                "--stack",
                "prod",
                "--yes",
                "--json",
            );
            const answer = statusAnswer.parse(JSON.parse(stdout));
            // Its agents are fakes, which do not answer.
            expect([code, answer.cluster, answer.isReady]).toEqual([4, "shop", false]);
            expect(answer.nodes.map(({ name, role, machine }) => [name, role, machine])).toEqual([
                ["a", "server", "prod-a"],
                ["x", "client", "prod-x"],
            ]);
        });

        test("find what was made by hand with `pulumi up`, in the selected stack", async () => {
            const { code } = await program.pulumi(
                "up",
                "--yes",
                "--skip-preview",
                "--expect-no-changes",
            );
            expect(code).toBe(0);
            const { stdout } = await program.command("topology", "--offline", "--json");
            const { machines, edges } = topologyAnswer.parse(JSON.parse(stdout));
            expect(machines.map(({ name, address }) => [name, address])).toEqual([
                ["prod-a", "192.0.2.11"],
                ["prod-x", "192.0.2.12"],
            ]);
            expect(edges).toEqual([{ from: "shop-x/consul", to: "shop-a/consul", kind: "joins" }]);
        });

        test("stop removes everything, once it is told to", async () => {
            const asked = await program.command("stop");
            expect([asked.code, asked.stdout]).toEqual([
                1,
                expect.stringMatching(
                    /by-hand\/prod: \d+ resources are removed, with the nodes a, x/,
                ),
            ]);
            const { code, stdout } = await program.command("stop", "--yes", "--remove", "--json");
            expect(code).toBe(0);
            expect(stopAnswer.parse(JSON.parse(stdout)).removed).toBeGreaterThan(10);
            const listed = await program.pulumi("stack", "ls", "--json");
            expect(JSON.parse(listed.stdout)).toEqual([]);
        });
    },
);
