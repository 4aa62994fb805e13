import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { projectRoot } from "../../cli/tools/paths.ts";
import { run } from "../../scripts/system/process.ts";

/** Who imports whom, and the rule that forbids it. */
const forbidden = [
    ["components/node/a", "components/cluster/a", "components-node-up"],
    ["components/machine/b", "components/node/b", "components-machine-up"],
    ["components/agent/c", "components/machine/c", "components-agent-up"],
    ["components/pulumi/d", "components/agent/d", "components-pulumi-up"],
    ["components/cluster/e", "components/e", "components-cluster-up"],
    ["scripts/node/a", "scripts/verbs/a", "scripts-node-up"],
    ["scripts/machine/b", "scripts/node/b", "scripts-machine-lab-up"],
    ["scripts/consul/c", "scripts/machine/c", "scripts-consul-docker-up"],
    ["scripts/docker/d", "scripts/lab/d", "scripts-consul-docker-up"],
    ["scripts/hosts/d", "scripts/machine/d", "scripts-hosts-up"],
    ["scripts/system/e", "scripts/consul/e", "scripts-system-protocol-up"],
    ["scripts/protocol/f", "scripts/system/f", "protocol-imports-nothing"],
    ["scripts/verbs/g", "components/g", "scripts-import-components"],
    ["components/h", "scripts/consul/h", "components-import-scripts"],
    ["policy/aa", "scripts/system/aa", "policy-stands-alone"],
    ["policy/bb", "components/bb", "policy-stands-alone"],
    ["cli/cc", "policy/cc", "policy-is-private"],
    ["components/i", "program/i", "program-is-private"],
    ["program/j", "cli/j", "cli-is-private"],
    ["examples/k/index", "cli/k", "cli-is-private"],
    ["cli/l", "test/l", "tests-are-private"],
] as const;

const allowed = [
    ["components/cluster/m", "components/agent/m"],
    ["components/machine/n", "components/pulumi/n"],
    ["components/machine/o", "scripts/protocol/o"],
    ["scripts/verbs/p", "scripts/docker/p"],
    ["scripts/lab/q", "scripts/system/q"],
    ["policy/rules/dd", "scripts/protocol/dd"],
    ["index", "program/r"],
    ["cli/s", "program/s"],
    ["examples/t/check", "cli/t"],
] as const;

const report = z.object({
    summary: z.object({
        violations: z.array(
            z.object({
                from: z.string(),
                to: z.string(),
                rule: z.object({ name: z.string() }),
            }),
        ),
    }),
});

describe("layers", () => {
    let folder = "";
    let found: readonly string[] = [];

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "consul-machines-layers-"));
        for (const [from, to] of [...forbidden, ...allowed]) {
            await plant(from, `import type { T } from "./${relative(dirname(from), to)}.ts";\n`);
            await plant(to, "");
        }
        // A circle of files, by types alone.
        await plant("cli/u", 'import type { T } from "./v.ts";\n');
        await plant("cli/v", 'import type { T } from "./u.ts";\n');
        // A circle of folders without one of files.
        await plant("cli/w/a", 'import type { T } from "../x/a.ts";\n');
        await plant("cli/x/a", "");
        await plant("cli/x/b", 'import type { T } from "../w/b.ts";\n');
        await plant("cli/w/b", "");
        const config = join(projectRoot, ".dependency-cruiser.mjs");
        const { stdout } = await run(
            join(projectRoot, "node_modules/.bin/depcruise"),
            ["--config", config, "--output-type", "json", "."],
            { cwd: folder },
        );
        const { summary } = report.parse(JSON.parse(stdout));
        found = summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} > ${to}`);
    });

    afterAll(() => rm(folder, { recursive: true, force: true }));

    async function plant(name: string, imports: string): Promise<void> {
        const file = join(folder, `${name}.ts`);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, `${imports}export type T = string;\n`);
    }

    it("forbidden", () => {
        expect(found).toEqual(
            expect.arrayContaining(
                forbidden.map(([from, to, rule]) => `${rule}: ${from}.ts > ${to}.ts`),
            ),
        );
    });

    it("allowed", () => {
        const files = allowed.map(([from, to]) => `${from}.ts > ${to}.ts`);
        expect(found.filter((line) => files.some((file) => line.includes(file)))).toEqual([]);
    });

    it("circles", () => {
        expect(found).toContain("no-circle-of-files: cli/u.ts > cli/v.ts");
        expect(found).toContain("no-circle-of-folders: cli/w > cli/x");
    });
});
