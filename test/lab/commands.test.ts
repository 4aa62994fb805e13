import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import * as answers from "../../cli/verbs/answers.ts";
import { docker } from "./support/host.ts";
import { handmade, HandmadeStack, machines } from "./support/handmadeStack.ts";
import { ask } from "./support/outsider.ts";
import { labEnvironment, missing } from "./support/pieces.ts";
import { givenAway, secretsOf } from "./support/secretSearch.ts";
import { findProgram } from "../../scripts/system/process.ts";

/** A program that nobody embeds takes Pulumi's host for Node programs. */
const host = await findProgram(["pulumi-language-nodejs"], labEnvironment().PATH?.split(":"));
const lack = "Pulumi's host for Node programs is missing (no pulumi-language-nodejs on PATH)";
const withoutHost = host === undefined ? `: skipped, ${lack}` : "";
const title = `commands on a stack that \`pulumi up\` made elsewhere${withoutHost}`;

const names = Object.keys(machines);
const volume = "/var/lib/docker/volumes/consul-config/_data";

describe.skipIf(missing !== undefined || host === undefined)(title, () => {
    let stack: HandmadeStack;

    /** What a command prints as JSON, in the shape that its page shows; and how it ends. */
    async function json<Answer>(
        shape: z.ZodType<Answer>,
        ...words: readonly string[]
    ): Promise<{ readonly answer: Answer; readonly code: number }> {
        const { code, stdout, stderr } = await stack.command(...words, "--json");
        if (stdout === "") {
            throw new Error(`${words.join(" ")} ended with ${code}: ${stderr}`);
        }
        return { answer: shape.parse(JSON.parse(stdout)), code };
    }

    /** Runs Consul's own command in a node's container. */
    const consul = (node: string, ...words: string[]) =>
        stack.command("consul", node, "--", ...words);

    beforeAll(async () => {
        stack = await HandmadeStack.init();
        await stack.pulumi("up", "--yes", "--skip-preview", "--stack", handmade.stack);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("status tells how each node is", async () => {
        const { answer, code } = await json(answers.statusAnswer, "status");
        expect([code, answer.isReady, answer.security, answer.cluster]).toEqual([
            0,
            true,
            "full",
            "shop",
        ]);
        expect(
            answer.nodes.map(({ name, address, container }) => [name, address, container]),
        ).toEqual(names.toSorted().map((name) => [name, machines[name], "running"]));
        expect(answer.nodes.map(({ name }) => name)).toContain(answer.leader);
    });

    it("doctor finds nothing wrong with the cluster", async () => {
        const { answer } = await json(answers.doctorAnswer, "doctor");
        expect(answer.findings).toEqual([]);
        expect(answer.holds.length).toBeGreaterThan(10);
    });

    it("logs prints the last lines of an agent, each as JSON", async () => {
        const { stdout, code } = await stack.command("logs", "client-1", "--tail", "5", "--json");
        const lines = stdout.trim().split("\n");
        const parsed = lines.map((line) => answers.logAnswer.strict().parse(JSON.parse(line)));
        expect([code, parsed.length, parsed[0]?.node]).toEqual([0, 5, "client-1"]);
        const { stdout: whole } = await stack.command("logs", "server-1", "--since", "1h");
        expect(whole).toContain("New leader elected");
    });

    it("consul runs on any node with all rights, and ends as Consul does", async () => {
        const peers = await consul("server-1", "operator", "raft", "list-peers");
        expect(peers.code).toBe(0);
        for (const name of names.filter((one) => one.startsWith("server"))) {
            expect(peers.stdout).toContain(name);
        }
        expect((await consul("client-1", "kv", "put", "a/b", "first")).code).toBe(0);
        expect((await consul("server-2", "kv", "get", "a/b")).stdout.trim()).toBe("first");
        const none = await consul("server-1", "kv", "get", "none");
        expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("No key exists")]);
        const line = `printf from-a-pipe | node_modules/.bin/consul-machines consul server-1 -- kv put piped -`;
        expect((await stack.shell(line)).code).toBe(0);
        expect((await consul("server-1", "kv", "get", "piped")).stdout.trim()).toBe("from-a-pipe");
        expect((await stack.command("consul", "server-9", "--", "members")).code).toBe(125);
    });

    it("env has a shell find the cluster, with a token that it prints to no terminal's reader", async () => {
        const line =
            'eval "$(node_modules/.bin/consul-machines env --shell posix)"; ' +
            String.raw`printf '%s\n' "$CONSUL_HTTP_ADDR" "$CONSUL_CACERT" "$CONSUL_HTTP_TOKEN"`;
        const [address = "", file = "", token = ""] = (await stack.shell(line)).stdout.split("\n");
        const question = { ca: readFileSync(file, "utf8"), token };
        const { status, body } = await ask(`${address}/v1/acl/token/self`, question);
        expect([status, body]).toEqual([200, expect.stringContaining("global-management")]);
        const { answer } = await json(answers.envAnswer, "env");
        expect(answer.variables).toEqual({ CONSUL_HTTP_ADDR: address, CONSUL_CACERT: file });
    });

    it("ui tells where the page is", async () => {
        const { answer } = await json(answers.uiAnswer, "ui");
        const ca = readFileSync(answer.caFile ?? "", "utf8");
        expect((await ask(answer.url, { ca })).status).toBe(200);
    });

    it("topology draws the machines, their containers and joins", async () => {
        const { answer } = await json(answers.topologyAnswer, "topology");
        expect(answer.machines.map(({ name }) => name).sort()).toEqual(
            names.map((name) => `${handmade.stack}-${name}`).sort(),
        );
        expect(answer.machines.every(({ containers }) => containers.length === 1)).toBe(true);
        expect(answer.edges.length).toBeGreaterThanOrEqual(names.length - 1);
        const file = join(stack.folder, "cluster.svg");
        expect((await stack.command("topology", "--output", file)).code).toBe(0);
        expect(readFileSync(file, "utf8")).toMatch(/^<svg .*>leader<.*<\/svg>\n$/s);
    });

    it("snapshot and restore bring data back", async () => {
        const { answer } = await json(answers.snapshotAnswer, "snapshot");
        expect([answer.datacenter, answer.file]).toEqual([
            "dc1",
            expect.stringContaining(stack.folder),
        ]);
        expect((await consul("server-1", "kv", "put", "a/b", "second")).code).toBe(0);
        const restored = await json(answers.restoreAnswer, "restore", answer.file, "--yes");
        expect(restored.code).toBe(0);
        expect((await consul("server-1", "kv", "get", "a/b")).stdout.trim()).toBe("first");
    });

    it("bundle has none of the cluster's secrets", async () => {
        const file = join(stack.folder, "report.tar.gz");
        const { answer, code } = await json(answers.bundleAnswer, "bundle", "--output", file);
        expect([code, answer.missing]).toEqual([0, []]);
        expect(answer.files).toEqual(
            expect.arrayContaining(names.map((name) => `shop/logs/${name}.log`)),
        );
        const leaves = names.map(async (name) => {
            const host = `${handmade.project}-${handmade.stack}-${name}`;
            return [name, await docker("exec", host, "cat", `${volume}/tls/agent.pem`)] as const;
        });
        const access = join(
            stack.folder,
            "machines/access",
            `${encodeURIComponent(`${handmade.project}/${handmade.stack}/shop`)}.json`,
        );
        const secrets = await secretsOf(access, Object.fromEntries(await Promise.all(leaves)));
        const text = gunzipSync(readFileSync(file)).toString();
        expect(givenAway(secrets, text)).toEqual([]);
        expect(text).toContain("New leader elected");
        expect(text).not.toContain("PRIVATE KEY");
    });

    it("all of them work on a computer that has the backend and the passphrase alone", async () => {
        const folder = stack.elsewhere();
        const there = (...words: string[]) => stack.commandOn(folder, ...words);
        const { code, stdout } = await there("status", "--json");
        expect([code, answers.statusAnswer.parse(JSON.parse(stdout)).isReady]).toEqual([0, true]);
        expect((await there("logs", "server-1", "--tail", "1")).code).toBe(0);
        expect((await there("consul", "server-1", "--", "kv", "get", "a/b")).stdout.trim()).toBe(
            "first",
        );
        expect((await there("snapshot", "--json")).code).toBe(0);
        const examined = await there("doctor", "--json");
        expect(answers.doctorAnswer.parse(JSON.parse(examined.stdout)).findings).toEqual([]);
        rmSync(folder, { recursive: true, force: true });
    });

    it("start brings back a machine that was stopped", async () => {
        await stack.machine("stop", "client-1");
        const { answer } = await json(answers.statusAnswer, "status");
        expect(answer.nodes.find(({ name }) => name === "client-1")?.container).toBeNull();
        const started = await json(answers.statusAnswer, "start", "--yes");
        expect(started.answer.nodes).toHaveLength(names.length);
        // Its agent may be a few seconds behind its engine.
        await expect
            .poll(async () => (await json(answers.statusAnswer, "status")).code, {
                timeout: 60_000,
                interval: 2000,
            })
            .toBe(0);
    });

    it("recover makes a cluster of the one server that is left", async () => {
        await stack.machine("stop", "server-2");
        await stack.machine("stop", "server-3");
        await expect
            .poll(async () => (await json(answers.statusAnswer, "status")).answer.leader, {
                timeout: 60_000,
                interval: 2000,
            })
            .toBeNull();
        const { answer, code } = await json(answers.recoverAnswer, "recover", "--yes");
        expect([code, answer.survivors, answer.abandoned.sort()]).toEqual([
            0,
            ["server-1"],
            ["server-2", "server-3"],
        ]);
        expect((await consul("server-1", "kv", "get", "a/b")).stdout.trim()).toBe("first");
    });

    it("stop asks, and then removes everything", async () => {
        const asked = await stack.command("stop");
        expect([asked.code, asked.stderr]).toEqual([
            1,
            expect.stringContaining("Nothing was removed"),
        ]);
        const { answer, code } = await json(answers.stopAnswer, "stop", "--yes", "--remove");
        expect([code, answer.removed > 20]).toEqual([0, true]);
        expect(await stack.remains()).toEqual([]);
        writeFileSync(join(stack.folder, "gone"), "");
        const { code: after } = await stack.command("status");
        expect(after).toBe(3);
    });
});
