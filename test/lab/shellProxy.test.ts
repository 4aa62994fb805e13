import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../cli/tools/paths.ts";
import { untilWhole } from "./support/cluster.ts";
import { LabStack } from "./support/labStack.ts";
import { labEnvironment, missing, providers } from "./support/pieces.ts";

/** A proxy at which nobody listens. */
const dead = "http://127.0.0.1:9";

/** A shell without exceptions, whatever this one has. */
const bare = { NO_PROXY: "", no_proxy: "" };

const everyCase = (names: readonly string[]) =>
    Object.fromEntries(
        names.flatMap((name) => [name, name.toLowerCase()]).map((name) => [name, dead]),
    );

describe.skipIf(missing !== undefined)("a proxy in the shell", () => {
    const stack = new LabStack("lab-proxy");
    const preview = (env: Readonly<Record<string, string>>) =>
        stack.run(stack.words("preview"), { ...bare, ...env });

    /** The line that a refused preview names, as variables. */
    function typed(output: string): Record<string, string> {
        const [, line] = /Run `export NO_PROXY=([^`]+)`/.exec(output) ?? [];
        if (line === undefined) {
            throw new Error(`no line to type in:\n${output}`);
        }
        return { NO_PROXY: line };
    }

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 1 });
    });

    afterAll(async () => {
        await stack.end();
    });

    if (providers !== "embedded") {
        it.each(["HTTPS_PROXY", "https_proxy"])(
            "%s is refused by the first preview, with the line that lets it through",
            async (name) => {
                const { exitCode, output } = await preview({ [name]: dead });
                expect(exitCode).not.toBe(0);
                expect(output).toContain(
                    `${name}: got "${dead}"; Pulumi's Docker provider would send`,
                );
                expect(output).toContain("nothing was made or changed");
                const after = await preview({ [name]: dead, ...typed(output) });
                expect([after.exitCode, after.output]).toEqual([0, expect.any(String)]);
            },
        );

        it("an exception of its whole network is enough", async () => {
            const { exitCode } = await preview({ HTTPS_PROXY: dead, NO_PROXY: "10.0.0.0/8" });
            expect(exitCode).toBe(0);
        });

        it("DOCKER_API_VERSION is refused as well, DOCKER_TLS_VERIFY alone does nothing", async () => {
            const { exitCode, output } = await preview({ DOCKER_API_VERSION: "1.24" });
            expect(exitCode).not.toBe(0);
            expect(output).toContain("Run `unset DOCKER_API_VERSION`, then this again.");
            expect((await preview({ DOCKER_TLS_VERIFY: "1" })).exitCode).toBe(0);
        });
    }

    it("of every kind carries nothing of an up, whose stack is as without", async () => {
        const all = { ...bare, ...everyCase(["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]) };
        const refused = await stack.run(stack.words("preview"), all);
        const env = refused.exitCode === 0 ? all : { ...all, ...typed(refused.output) };
        const { exitCode, output } = await stack.run(stack.upWords(), env);
        expect(output).not.toContain("proxyconnect");
        expect(exitCode).toBe(0);
        await untilWhole(await stack.outputs());
        const again = await stack.run(stack.upWords("--expect-no-changes"), env);
        expect([again.exitCode, again.output]).toEqual([0, expect.any(String)]);
    });

    it("needs no line where the run is started by this project's own commands", () => {
        const all = { ...bare, ...everyCase(["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]) };
        const words = ["cli/bootstrap.mjs", ...stack.upWords("--expect-no-changes")];
        const { status, stdout, stderr } = spawnSync(process.execPath, words, {
            cwd: projectRoot,
            env: {
                ...labEnvironment(),
                ...stack.backend,
                PULUMI_CONFIG_PASSPHRASE: "lab",
                ...all,
            },
            encoding: "utf8",
        });
        expect([status, `${stdout}${stderr}`]).toEqual([0, expect.any(String)]);
    });
});
