import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listKeyring } from "../../scripts/consul/consulAcl.ts";
import { agentAt } from "./support/access.ts";
import { untilWhole } from "./support/cluster.ts";
import { CommandLines } from "./support/commandLines.ts";
import { containerIds, onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { labImage, missing } from "./support/pieces.ts";
import { givenAway, textsBelow, type Searched } from "./support/secretSearch.ts";

const token = "/consul-machines/files/api-token";
const script = "/consul-machines/files/check.sh";

/** An archive of the lab's own has Consul alone in it. */
const hasShell = !labImage.endsWith(".tar");

const secret = {
    file: "file-of-the-operator-3141592653",
    license: "02MV4UU43BK5HGYTOJZWFQMTMNNEWU33JJXW4MZZKRBGYT2E",
    variable: "variable-of-the-operator-3141592653",
    config: "config-of-the-operator-3141592653",
    gossip: Buffer.from("gossip key of an operator, 32 by").toString("base64"),
    laterGossip: Buffer.from("another, 16 byte").toString("base64"),
};

const searched: readonly Searched[] = Object.entries(secret).map(([name, text]) => ({
    name,
    forms: [text, Buffer.from(text).toString("base64")],
}));

describe.skipIf(missing !== undefined).each(["full", "open"] as const)(
    "a stack with files and secrets of its operator (%s)",
    (security) => {
        const name = `lab-files-${security}`;
        const stack = new LabStack(name, { PULUMI_DEBUG_COMMANDS: "true" });
        const logged =
            stack.providers === "embedded"
                ? []
                : ["--event-log", join(dirname(stack.snapshots), "events.json")];
        let outputs: Outputs;
        const said = { up: "", commandLines: "" };
        const isFull = security === "full";
        const names = () => Object.keys(outputs.nodes);
        const there = (node: string, words: string) => onMachine(name, node, "sh", "-c", words);
        const onEach = (words: string) => Promise.all(names().map((node) => there(node, words)));

        /** What an agent's container has in a file. */
        const fileIn = (node: string, path: string) =>
            there(node, `docker cp consul:${path} - | tar -xO`);

        const settings = (greeting: string) => ({
            servers: 3,
            clients: 1,
            security,
            files: { [token]: {}, [script]: { content: `echo ${greeting}\n`, mode: "0755" } },
        });

        const setSecret = (path: string, text: string) =>
            stack.must(stack.words("config", "set", "--secret", "--path", "--", path, text));

        /** Writes the settings; as Pulumi does it, each secret is set by itself. */
        async function configure(greeting: string, gossip = secret.gossip): Promise<void> {
            stack.configure(settings(greeting));
            await setSecret(`files["${token}"].content`, secret.file);
            await setSecret("environment.CONSUL_LICENSE", secret.license);
            if (hasShell) {
                await setSecret("environment.OTHER", secret.variable);
            }
            await setSecret("agentConfig.telemetry.metrics_prefix", secret.config);
            if (isFull) {
                await setSecret("gossipKey", gossip);
            }
        }

        async function up(): Promise<void> {
            const commandLines = new CommandLines();
            try {
                said.up += await stack.up("--diff", ...logged);
            } finally {
                said.commandLines += await commandLines.stop();
            }
            outputs = await stack.outputs();
            await untilWhole(outputs);
        }

        beforeAll(async () => {
            await stack.init();
            await configure("first");
            await up();
        });

        afterAll(async () => {
            await stack.end();
        });

        it("has each file in each container, for its agent alone where it is secret", async () => {
            for (const node of names()) {
                expect(await fileIn(node, token)).toBe(secret.file);
                expect(await fileIn(node, script)).toContain("echo first");
                const listed = await there(node, `docker cp consul:${dirname(token)} - | tar -tv`);
                const modeOf = (path: string) =>
                    listed
                        .split("\n")
                        .find((line) => line.endsWith(path))
                        ?.slice(0, 10);
                expect([modeOf("api-token"), modeOf("check.sh")]).toEqual([
                    "-rw-------",
                    "-rwxr-xr-x",
                ]);
            }
        });

        it("has its secret environment in its agents, and in no container's definition", async () => {
            for (const node of names()) {
                expect(await fileIn(node, "/consul-machines/secret/license")).toBe(secret.license);
                const pid = await there(node, "docker inspect --format={{.State.Pid}} consul");
                const environment = await there(node, `tr '\\0' '\\n' </proc/${pid}/environ`);
                expect(environment).toContain(
                    "CONSUL_LICENSE_PATH=/consul-machines/secret/license",
                );
                expect(environment.includes(`OTHER=${secret.variable}`)).toBe(hasShell);
            }
        });

        it.skipIf(!isFull)(
            "gossips by the key that is brought, and by another one without a restart",
            async () => {
                const ring = async () => {
                    const { keys, primaryKeys, nodes } = await listKeyring(
                        agentAt(outputs.httpAddress),
                    );
                    expect(Object.values(keys)).toEqual([nodes]);
                    expect(Object.values(primaryKeys)).toEqual([nodes]);
                    return Object.keys(keys);
                };
                expect(await ring()).toEqual([secret.gossip]);
                const before = await containerIds(name, names());
                await configure("first", secret.laterGossip);
                await up();
                expect(await ring()).toEqual([secret.laterGossip]);
                expect(await containerIds(name, names())).toEqual(before);
            },
        );

        it("is changed by no second up, and by no refresh", async () => {
            await stack.up("--expect-no-changes");
            await stack.up("--refresh", "--expect-no-changes");
        });

        it("takes another file by other containers", async () => {
            const before = await containerIds(name, names());
            await configure("second", secret.laterGossip);
            await up();
            const after = await containerIds(name, names());
            for (const node of names()) {
                expect(after[node]).not.toBe(before[node]);
                expect(await fileIn(node, script)).toContain("echo second");
            }
        });

        it("gives no secret away", async () => {
            const preview = await stack.must(stack.words("preview", "--diff"));
            const places = {
                "output of up": said.up,
                "command lines of up": said.commandLines,
                preview,
                state: await stack.state(),
                "Pulumi's files": await textsBelow(dirname(stack.snapshots)),
                "logs of agents": (await onEach("docker logs consul 2>&1")).join("\n"),
                containers: (await onEach("docker inspect $(docker ps -aq)")).join("\n"),
                "command lines on machines": (
                    await onEach("cat /proc/[0-9]*/cmdline 2>/dev/null; true")
                ).join("\n"),
            };
            for (const [place, text] of Object.entries(places)) {
                expect([place, givenAway(searched, text)]).toEqual([place, []]);
            }
        });

        it("refuses a secret in clear, before anything is touched", async () => {
            const before = await containerIds(name, names());
            stack.configure({ ...settings("second"), environment: { KEY: secret.license } });
            const { exitCode, output } = await stack.run(stack.upWords());
            expect(exitCode).not.toBe(0);
            expect(output).toContain(
                "environment.KEY: looks like a license of Consul Enterprise, and is in clear in the stack file",
            );
            expect(output).not.toContain(secret.license);
            expect(await containerIds(name, names())).toEqual(before);
        });
    },
);
