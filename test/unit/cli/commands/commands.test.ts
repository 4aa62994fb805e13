import { gunzipSync } from "node:zlib";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
    bundleAnswer,
    doctorAnswer,
    envAnswer,
    logAnswer,
    snapshotAnswer,
    statusAnswer,
    topologyAnswer,
    uiAnswer,
} from "../../../../cli/verbs/answers.ts";
import { fakeStack } from "../../../support/fakeStack.ts";
import { secrets } from "../../../support/securedAgents.ts";
import { stubEnv } from "../../../support/stubEnv.ts";

const management = secrets.token("management").secretId;

describe("status", () => {
    it("tells how each node of a secured cluster is, by what the state has of rights", async () => {
        const stack = await fakeStack();
        stack.engine.states.set("consul-b", "exited");
        stack.engine.states.set("consul-c", "");
        const { code, out } = await stack.run("status", "--json");
        const answer = statusAnswer.strict().parse(JSON.parse(out));
        expect(answer).toMatchObject({
            project: "shop",
            stack: "prod",
            cluster: "consul",
            datacenter: "dc1",
            security: "full",
            isReady: true,
            leader: "a",
            failureTolerance: 1,
            failure: null,
        });
        expect(
            answer.nodes.map(({ name, role, isVoter, container }) => [
                name,
                role,
                isVoter,
                container,
            ]),
        ).toEqual([
            ["a", "server", true, "running"],
            ["b", "server", true, "exited"],
            ["c", "server", true, "missing"],
            ["x", "client", false, "running"],
        ]);
        expect(code).toBe(0);
    });

    it("ends with 4 where a node is not alive, and says what to type", async () => {
        const stack = await fakeStack();
        stack.cluster.members.delete("x");
        const { code, out } = await stack.run("status");
        expect(code).toBe(4);
        expect(out).toMatch(/^x +client +127\.0\.0\.1 +no +- +- +running$/m);
        expect(out).toContain("led by a: `consul-machines doctor` tells what is wrong.");
    });

    it("says why where no agent answers", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        stack.cluster.stop("a");
        const { code, out } = await stack.run("status", "--json");
        const answer = statusAnswer.parse(JSON.parse(out));
        expect([code, answer.isReady, answer.nodes[0]?.isAlive]).toEqual([4, false, null]);
        expect(answer.failure).toContain("ECONNREFUSED");
    });

    it("asks an open cluster without a token", async () => {
        const stack = await fakeStack({ isSecured: false, servers: ["a"], clients: [] });
        const { code, out } = await stack.run("status", "--json");
        expect([code, statusAnswer.parse(JSON.parse(out)).security]).toEqual([0, "open"]);
    });
});

describe("a stack", () => {
    it.each([
        [
            ["--stack", "nothing"],
            3,
            `the state of the stack "nothing" cannot be read: no stack named`,
        ],
        [["--cluster", "other"], 3, '--cluster: got "other"; expected one of consul'],
        [["--stack", "no/such/na/me"], 2, "expected a stack's name"],
    ])("that is not there ends %j with %i", async (words, expected, message) => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const { code, out, err } = await stack.run("status", ...words);
        expect([code, out]).toEqual([expected, ""]);
        expect(err).toContain(message);
    });

    it("without a cluster ends with 3", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        await stack.setResources((all) => all.slice(0, 1));
        const { code, err } = await stack.run("logs", "a");
        expect([code, err]).toEqual([
            3,
            'The stack "prod" has no cluster: `pulumi up` makes what its program declares.\n',
        ]);
    });

    it("with several clusters needs the name of one", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        await stack.setResources((all) => [
            ...all,
            {
                urn: "urn:pulumi:prod::shop::c::second",
                type: "consul-machines:index:ConsulCluster",
            },
        ]);
        const { code, err } = await stack.run("ui");
        expect([code, err]).toEqual([
            2,
            'The stack "prod" has several clusters; name one with --cluster: consul, second\n',
        ]);
        expect((await stack.run("ui", "--cluster", "consul")).code).toBe(0);
    });
});

describe("logs", () => {
    it("prints the last lines, or a line of JSON for each", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        stack.engine.logs.set("consul-a", [
            "2026-10-03T10:00:00.1Z first",
            "2026-10-03T10:00:01.1Z second: größer",
        ]);
        expect((await stack.run("logs", "a")).out).toBe("first\nsecond: größer\n");
        const { out, code } = await stack.run("logs", "a", "--tail", "1", "--json");
        expect(logAnswer.parse(JSON.parse(out))).toEqual({
            node: "a",
            time: "2026-10-03T10:00:01.1Z",
            stream: "stdout",
            line: "second: größer",
        });
        expect(code).toBe(0);
    });

    it("names the nodes that there are, and why a log cannot be read", async () => {
        const stack = await fakeStack({ servers: ["a", "b"], clients: [] });
        expect(await stack.run("logs", "z")).toEqual({
            code: 3,
            out: "",
            err: 'NODE: got "z"; expected one of a, b\n',
        });
        const { code, err } = await stack.run("logs", "a");
        expect([code, err]).toEqual([
            1,
            "a: its log cannot be read: No such container: consul-a\n",
        ]);
    });
});

describe("consul", () => {
    it("runs in the node's container, with a token that is in no argument", async () => {
        const stack = await fakeStack();
        stack.engine.answer = { out: "value\n", err: "a warning\n", code: 7 };
        const ended = await stack.run("consul", "b", "--", "kv", "get", "-detailed", "key");
        expect(ended).toEqual({ code: 7, out: "value\n", err: "a warning\n" });
        expect(stack.engine.ran).toMatchObject([
            {
                container: "consul-b",
                Cmd: ["consul", "kv", "get", "-detailed", "key"],
                // A file's name would win over the token.
                Env: [`CONSUL_HTTP_TOKEN=${management}`, "CONSUL_HTTP_TOKEN_FILE="],
            },
        ]);
    });

    it("has no token in an open cluster", async () => {
        const stack = await fakeStack({ isSecured: false, servers: ["a"], clients: [] });
        expect((await stack.run("consul", "a", "--", "members")).code).toBe(0);
        expect(stack.engine.ran[0]?.Env).toEqual([]);
    });

    it("ends with 125 where it is not run, for Consul's own codes mean something else", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        expect((await stack.run("consul", "z", "--", "members")).code).toBe(125);
        expect((await stack.run("consul", "--bogus", "a")).code).toBe(125);
        expect(stack.engine.ran).toEqual([]);
    });
});

describe("env", () => {
    it("prints lines for a shell, the token among them", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const { code, out } = await stack.run("env", "--shell", "posix");
        const ca = join(stack.folder, "cache/consul-machines/ca/shop%2Fprod%2Fconsul.pem");
        expect(out).toBe(
            [
                `export CONSUL_HTTP_ADDR='${stack.cluster.address("a")}'`,
                `export CONSUL_CACERT='${ca}'`,
                `export CONSUL_HTTP_TOKEN='${management}'`,
                "",
            ].join("\n"),
        );
        expect(code).toBe(0);
        expect(await readFile(ca, "utf8")).toMatch(/^-----BEGIN CERTIFICATE-----/);
        expect(await readFile(ca, "utf8")).not.toContain("PRIVATE");
    });

    it("shows no token on a terminal, nor in JSON, unless it is asked for", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const { isTTY } = process.stdout;
        process.stdout.isTTY = true;
        const shown = await stack.run("env", "--shell", "fish").finally(() => {
            process.stdout.isTTY = isTTY;
        });
        expect(shown.out).not.toContain(management);
        expect(shown.out).toContain(
            "# The token is not shown on a terminal. This sets it, too: consul-machines env | source",
        );
        const json = async (...words: string[]) => {
            const { out } = await stack.run("env", "--json", ...words);
            return Object.keys(envAnswer.parse(JSON.parse(out)).variables);
        };
        expect(await json()).toEqual(["CONSUL_HTTP_ADDR", "CONSUL_CACERT"]);
        expect(await json("--show-secrets")).toContain("CONSUL_HTTP_TOKEN");
    });

    it("takes back what another cluster has set", async () => {
        const stack = await fakeStack({ isSecured: false, servers: ["a"], clients: [] });
        const { out } = await stack.run("env", "--shell", "fish");
        expect(out).toBe(
            `set -gx CONSUL_HTTP_ADDR '${stack.cluster.address("a")}'\nset -e CONSUL_CACERT\nset -e CONSUL_HTTP_TOKEN\n`,
        );
        expect((await stack.run("env", "--unset", "--shell", "posix")).out).toBe(
            "unset CONSUL_HTTP_ADDR\nunset CONSUL_CACERT\nunset CONSUL_HTTP_TOKEN\n",
        );
    });
});

describe("ui", () => {
    it("says where it is, and shows no token", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const { out } = await stack.run("ui");
        expect(out.split("\n")[0]).toBe(`${stack.cluster.address("a")}/ui/`);
        expect(out).toContain("consul-machines env --show-secrets");
        expect(out).not.toContain(management);
        const answer = uiAnswer.parse(JSON.parse((await stack.run("ui", "--json")).out));
        expect(answer.caFile).toMatch(/consul\.pem$/);
    });

    it("says that a cluster has none whose configuration says so", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [], hasUi: false });
        const { code, err } = await stack.run("ui");
        expect(code).not.toBe(0);
        expect(err).toContain(
            'The cluster "consul" serves no web UI: its configuration says so ("ui_config").',
        );
    });
});

describe("topology", () => {
    it("draws machines, agents, who leads and who joins whom, in each form", async () => {
        const stack = await fakeStack({ servers: ["a", "b"], clients: ["x"] });
        stack.cluster.members.delete("x");
        const answer = topologyAnswer
            .strict()
            .parse(JSON.parse((await stack.run("topology", "--json")).out));
        expect(answer.machines.map(({ name }) => name)).toEqual(["prod-a", "prod-b", "prod-x"]);
        expect(answer.edges.map(({ from, to }) => `${from} ${to}`)).toEqual([
            "consul-a/consul-a consul-b/consul-b",
            "consul-b/consul-b consul-a/consul-a",
            "consul-x/consul-x consul-a/consul-a",
            "consul-x/consul-x consul-b/consul-b",
        ]);
        expect((await stack.run("topology")).out).toBe(
            [
                "machine prod-a, 127.0.0.1",
                "└── server a; leader; ports 8301; joins b",
                "machine prod-b, 127.0.0.1",
                "└── server b; ports 8301; joins a",
                "machine prod-x, 127.0.0.1",
                "└── client x; ports 8301; not alive; joins a, b",
                "",
            ].join("\n"),
        );
        const file = join(stack.folder, "picture.svg");
        const { err } = await stack.run("topology", "--output", file, "--offline");
        expect(err).toBe(`${file}\n`);
        expect(await readFile(file, "utf8")).toMatch(/^<svg .*>server a<.*<\/svg>\n$/s);
        expect((await stack.run("topology", "--format", "mermaid")).out).toMatch(
            /^flowchart TB\n {4}subgraph .*\["server a<br\/>leader<br\/>ports 8301"\]:::leader/s,
        );
    });
});

describe("doctor", () => {
    it("says what is wrong as JSON, by name, and ends with 4", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        stack.cluster.stop("a");
        const { code, out } = await stack.run("doctor", "--json");
        const answer = doctorAnswer.strict().parse(JSON.parse(out));
        expect([code, answer.isWell, answer.stack]).toEqual([4, false, "prod"]);
        expect(answer.findings.map(({ check }) => check)).toContain("machine-unreachable");
        expect(answer.tools.map(({ name }) => name)).toEqual([
            "Node",
            "Pulumi's CLI",
            "docker-machine",
        ]);
    });
});

describe("snapshot", () => {
    it("refuses one that is broken, and leaves no file", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const { code, out, err } = await stack.run("snapshot", "--json");
        expect([code, out]).toEqual([1, ""]);
        expect(err).toContain(
            `${stack.folder}/.state/snapshots/prod: no snapshot of https://127.0.0.1`,
        );
        expect(snapshotAnswer.safeParse({}).success).toBe(false);
    });
});

describe("bundle", () => {
    it("has what a bug report needs, and none of the secrets, wherever they were", async () => {
        const stack = await fakeStack();
        const all = Object.entries(stack.secrets);
        // An agent that logs them all, plainly, in JSON and in base64.
        const logged = all.flatMap(([, text]) => [
            `2026-10-03T10:00:00Z [ERROR] agent: got ${text}`,
            `2026-10-03T10:00:00Z {"Authorization":"${Buffer.from(`user:${text}`).toString("base64")}"}`,
        ]);
        const shown = "2026-10-03T10:00:01Z [INFO] agent: server b joined at 127.0.0.1";
        stack.engine.logs.set("consul-a", [...logged, shown]);
        stubEnv("CONSUL_HTTP_TOKEN", "token of this shell");
        const file = join(stack.folder, "report.tar.gz");
        const { code, out } = await stack.run("bundle", "--json", "--output", file);
        const answer = bundleAnswer.strict().parse(JSON.parse(out));
        expect([code, answer.file]).toEqual([0, file]);
        expect(answer.files.sort()).toEqual([
            "README.txt",
            "consul/doctor.json",
            "consul/doctor.txt",
            "consul/facts.json",
            "consul/logs/a.log",
            "consul/status.json",
            "settings.json",
            "state.json",
            "versions.json",
        ]);
        expect(answer.missing).toHaveLength(3); // logs of the others
        expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
        const text = gunzipSync(await readFile(file)).toString();
        const told = [...all, ["shell", "token of this shell"] as const].filter(
            ([, one]) =>
                text.includes(one) ||
                text.includes(Buffer.from(`user:${one}`).toString("base64").slice(8, -4)),
        );
        expect(told.map(([name]) => name)).toEqual([]);
        // What is no secret is still there.
        expect(text).toContain("[INFO] agent: server b joined at 127.0.0.1");
        expect(text).toContain("docker:index/container:Container");
        expect(text).toContain('"machine": "prod-a"');
        expect(text).toContain('"shop:datacenter": "dc1"');
        expect(text).toContain("-retry-join=10.0.0.98");
        expect(text).not.toContain("--amazonec2");
    });

    it("takes the rights on this computer, and hides their earlier secrets too", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const folder = join(stack.folder, "store", "access");
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, "shop%2Fprod%2Fconsul.json"), "{}");
        const { code, err } = await stack.run("bundle");
        expect([code, err]).toEqual([
            1,
            expect.stringContaining("not as this project writes it; `pulumi up` writes it again."),
        ]);
    });
});

describe("restore", () => {
    it("sends no file that is no snapshot, and names the folder where there is none", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        const file = join(stack.folder, "x.snap");
        await writeFile(file, "no snapshot");
        const broken = await stack.run("restore", file, "--yes", "--json");
        expect([broken.code, broken.out]).toEqual([1, ""]);
        expect(broken.err).toContain(`${file}: not a complete snapshot`);
        const { code, err } = await stack.run("restore", "--yes");
        expect([code, err]).toEqual([
            1,
            `${stack.folder}/.state/snapshots/prod: there is no snapshot. Name a file: consul-machines restore FILE\n`,
        ]);
        expect(stack.cluster.done).toEqual([]);
    });

    it("needs a server that knows a leader", async () => {
        const stack = await fakeStack({ servers: ["a"], clients: [] });
        stack.cluster.leader = "";
        const { code, err } = await stack.run("restore", "--yes");
        expect([code, err]).toEqual([
            1,
            `None of ${stack.cluster.address("a")} knows a leader. \`consul-machines doctor\` tells what is wrong.\n`,
        ]);
    });
});

describe("recover", () => {
    it("refuses while there is a quorum, and servers that it does not know", async () => {
        const stack = await fakeStack();
        const unknown = await stack.run("recover", "--yes", "--without", "z");
        expect([unknown.code, unknown.err]).toEqual([
            2,
            "--without: got z; expected one of a, b, c\n",
        ]);
        const { code, err } = await stack.run("recover", "--yes");
        expect([code, err]).toEqual([
            1,
            expect.stringContaining("knows a leader: the cluster has its quorum"),
        ]);
        expect(stack.cluster.done).toEqual([]);
    });
});
