import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { without } from "./support/cli.ts";
import { cluster, type Sketch } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";

const path = "/consul-machines/files/token";
const secrets = {
    file: "file-of-the-operator-2718281828",
    config: "config-of-the-operator-2718281828",
    license: "license-of-the-operator-2718281828",
    variable: "variable-of-the-operator-2718281828",
};

const sketch = (security: "full" | "open", file = secrets.file): Sketch => ({
    servers: "abc",
    clients: "x",
    security,
    agents: {
        files: { [path]: { content: pulumi.secret(file) } },
        agentConfig: { telemetry: { metrics_prefix: secrets.config } },
        secretArgs: ["agentConfig"],
        secretEnvironment: { CONSUL_LICENSE: secrets.license, OTHER: secrets.variable },
    },
});

describe.skipIf(without !== "")(`files and secrets of an operator${without}`, () => {
    test.each(["open", "full"] as const)(
        "are encrypted in the state, and another file replaces the containers, servers in turn (%s)",
        async (security) => {
            const stack = await EngineStack.create();
            try {
                await stack.up(cluster(sketch(security)));
                expect(await stack.up(cluster(sketch(security)))).toEqual([]);
                const state = stack.checkpoint();
                const given = Object.entries(secrets).filter(([, text]) => state.includes(text));
                expect(given.map(([name]) => name)).toEqual([]);
                const other = `another-${secrets.file}`;
                const lines = await stack.up(cluster(sketch(security, other)));
                const agents = lines.filter((line) => / [abcx]-agent$/.test(line));
                expect(agents).toEqual(
                    Array.from("abcx").flatMap((name) => [
                        `delete ${name}-agent`,
                        `create ${name}-agent`,
                    ]),
                );
                expect(stack.checkpoint()).not.toContain(other);
            } finally {
                stack.dispose();
            }
        },
    );
});
