import { readFile, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clusterChecks } from "../../cli/doctor/checks/allChecks.ts";
import { diagnose, reportFindings } from "../../cli/doctor/findings.ts";
import { gatherStack } from "../../cli/doctor/gather/stack.ts";
import { takeSnapshot } from "../../scripts/consul/snapshot.ts";
import { readAccess } from "../../scripts/security/accessFile.ts";
import { ClusterSecrets } from "../../scripts/security/secrets.ts";
import { agentAt } from "./support/access.ts";
import { put, untilWhole } from "./support/cluster.ts";
import { CommandLines } from "./support/commandLines.ts";
import { confinedContainer, confinedProcess } from "./support/confined.ts";
import { onMachine, remains } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { answered, emptied, refused, refusedWrites } from "./support/anonymous.ts";
import { ask, openPorts, refusesDatagrams, tlsRefusal } from "./support/outsider.ts";
import { missing } from "./support/pieces.ts";
import { givenAway, secretsOf, textsBelow, type Searched } from "./support/secretSearch.ts";
import { removeStranger, runStranger, strangerName } from "./support/strangers.ts";

const name = "lab-secured";
const store = `.state/machines/${name}`;
const volumes = "/var/lib/docker/volumes";
const configuration = `${volumes}/consul-config/_data`;

describe.skipIf(missing !== undefined)("a secured stack", () => {
    const stack = new LabStack(name, { PULUMI_DEBUG_COMMANDS: "true" });
    /** Has Pulumi write its engine's events beside the state; `npm run up` does not offer that. */
    const logged =
        stack.providers === "embedded"
            ? []
            : ["--event-log", join(dirname(stack.snapshots), "events.json")];
    let outputs: Outputs;
    let ca = "";
    let access = "";
    /** Everything that its first `up` said, and the command lines of all processes meanwhile. */
    const said = { up: "", commandLines: "" };

    const same = { servers: 3, clients: 1 };
    const addressOf = (node: string) => outputs.nodes[node]?.address ?? "";
    const there = (node: string, script: string) => onMachine(name, node, "sh", "-c", script);
    const onEach = (script: string) =>
        Promise.all(Object.keys(outputs.nodes).map((node) => there(node, script)));

    /** An agent's certificate with its private key. */
    const leafOf = (node: string) => there(node, `cat ${configuration}/tls/agent.pem`);

    async function allSecrets(): Promise<Searched[]> {
        const nodes = Object.keys(outputs.nodes);
        const leaves = nodes.map(async (node) => [node, await leafOf(node)] as const);
        return secretsOf(access, Object.fromEntries(await Promise.all(leaves)));
    }

    /** What doctor prints of it. */
    async function examined(): Promise<string> {
        const facts = await gatherStack({ nodes: outputs.nodes, store, access });
        return reportFindings(clusterChecks, facts, diagnose(clusterChecks, facts));
    }

    beforeAll(async () => {
        await stack.init();
        stack.configure(same);
        const commandLines = new CommandLines();
        try {
            said.up = await stack.up("--diff", ...logged);
        } finally {
            said.commandLines = await commandLines.stop();
        }
        outputs = await stack.outputs();
        ca = outputs.caCertificate ?? "";
        access = outputs.access ?? "";
        await untilWhole(outputs);
        await put(outputs.httpAddress, "lab/secured", "kept");
    });

    afterAll(async () => {
        await stack.end();
    });

    it("listens on the ports that its page names, and on no other", async () => {
        // Besides SSH and the engine, which want a key and a certificate.
        const client = [22, 2376, 8301, 8501, 8600];
        const wanted = { "client-1": client, "server-1": [...client, 8300].sort((a, b) => a - b) };
        for (const [node, ports] of Object.entries(wanted)) {
            expect(await openPorts(addressOf(node), 10_000)).toEqual(ports);
            // The machine's own account of it, of all ports.
            const listening = (await there(node, "ss -Hltn")).split("\n");
            const sockets = listening.map((line) => line.split(/\s+/)[3] ?? "");
            const reached = sockets.filter((socket) => !socket.startsWith("127."));
            const numbers = reached.map((socket) => Number(socket.split(":").at(-1)));
            expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(ports);
        }
        const refusing = (port: number) => refusesDatagrams(addressOf("server-1"), port);
        expect(await Promise.all([8302, 8501].map(refusing))).toEqual([true, true]);
        expect(await Promise.all([8301, 8600].map(refusing))).toEqual([false, false]);
    });

    it("answers whoever has no token what its page names, and nothing else", async () => {
        const { httpAddress, managementToken: token } = outputs;
        const statuses = async (paths: readonly string[], question = {}) =>
            Promise.all(
                paths.map(async (path) => {
                    const answer = await ask(`${httpAddress}/v1/${path}`, { ca, ...question });
                    return [path, answer.status];
                }),
            );
        const all = (paths: readonly string[], status: number) =>
            paths.map((path) => [path, status]);
        expect(await statuses(answered)).toEqual(all(answered, 200));
        expect(await statuses(refused)).toEqual(all(refused, 403));
        for (const [path, body] of Object.entries(refusedWrites)) {
            expect(await statuses([path], { body })).toEqual([[path, 403]]);
        }
        for (const [path, body] of Object.entries(emptied)) {
            const answer = await ask(`${httpAddress}/v1/${path}`, { ca });
            expect([path, answer.body.trim()]).toEqual([path, body]);
        }
        const unknown = { token: "00000000-0000-4000-8000-00000000cccc" };
        expect(await statuses(["agent/self"], unknown)).toEqual([["agent/self", 403]]);
        const known = await ask(`${httpAddress}/v1/kv/lab/secured?raw`, { ca, token });
        expect(known).toEqual({ status: 200, body: "kept" });
    });

    it("has its UI for everybody, over TLS alone", async () => {
        const page = await ask(outputs.uiUrl, { ca });
        expect([page.status, page.body]).toEqual([200, expect.stringContaining("<title>Consul")]);
        const plain = await fetch(outputs.uiUrl.replace("https:", "http:"));
        expect(plain.status).toBe(400);
        expect(await plain.text()).toContain("HTTP request to an HTTPS server");
    });

    it("has RPC for those with a certificate of its CA, and speaks no TLS of long ago", async () => {
        const host = addressOf("server-2");
        const rpc = { host, port: 8300, ALPNProtocols: ["consul/rpc-single"] };
        expect(await tlsRefusal(rpc)).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
        const leaf = await leafOf("client-1");
        expect(await tlsRefusal({ ...rpc, cert: leaf, key: leaf })).toBeUndefined();
        const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
        const weak = { host, port: 8501, ...old, ciphers: "DEFAULT@SECLEVEL=0" };
        expect(await tlsRefusal(weak)).toBe("ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    });

    it("is changed by no second up, and by no refresh", async () => {
        await stack.up("--expect-no-changes");
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("gives no secret away", async () => {
        const secrets = await allSecrets();
        expect(secrets.length).toBeGreaterThan(15);
        stack.configure({ ...same, rotate: { tokens: 2 } });
        const preview = await stack.must(stack.words("preview", "--diff"));
        stack.configure(same);
        expect(preview).toContain("[secret]");
        await there("client-1", `chmod 644 ${configuration}/tokens.json`);
        const doctor = await examined();
        await there("client-1", `chmod 600 ${configuration}/tokens.json`);
        expect(doctor).toContain("docs/doctor.md#secrets-readable");
        const processes = "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true";
        const places = {
            "output of up": said.up,
            "command lines of up": said.commandLines,
            preview,
            doctor,
            state: await stack.state(),
            "Pulumi's files": await textsBelow(dirname(stack.snapshots)),
            "logs of agents": (await onEach("docker logs consul 2>&1")).join("\n"),
            containers: (await onEach("docker inspect $(docker ps -aq)")).join("\n"),
            "processes on machines": (await onEach(processes)).join("\n").replaceAll("\0", "\n"),
        };
        for (const [place, text] of Object.entries(places)) {
            expect([place, text.length > 500, givenAway(secrets, text)]).toEqual([place, true, []]);
        }
    });

    it("keeps its secrets where its page says, readable to nobody else", async () => {
        const secrets = await allSecrets();
        const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
        expect(givenAway(secrets, await readFile(access, "utf8"))).toEqual([
            "seed",
            "private key of CA",
            "private key of scripts",
        ]);
        expect([await modeOf(dirname(access)), await modeOf(access)]).toEqual(["700", "600"]);
        const tokens = await there("client-1", `cat ${configuration}/tokens.json`);
        expect(givenAway(secrets, tokens)).toEqual(["dns", "agent client-1", "recovery client-1"]);
        const keyring = "consul-data/_data/serf/local.keyring";
        const listed = await onEach(
            `cd ${volumes} && find consul-config/_data ${keyring} -printf '%y %m %U:%G %p\\n'`,
        );
        const lines = listed.flatMap((text) => text.split("\n"));
        expect(lines.filter((line) => line.endsWith(keyring))).toHaveLength(4);
        expect(lines.filter((line) => line.endsWith("/tls/agent.pem"))).toHaveLength(4);
        const others = lines.filter((line) => !/^(d 700|f 600) 100:1000 /.test(line));
        // What is reloaded of the settings has no secrets in it.
        expect(others.filter((line) => !line.endsWith("/reloadable.json"))).toEqual([]);
        const place = { folder: stack.snapshots, datacenter: "dc1" };
        const file = await takeSnapshot(agentAt(outputs.httpAddress), place);
        expect([await modeOf(stack.snapshots), await modeOf(file)]).toEqual(["700", "600"]);
    });

    it("runs its agents without rights, on a file system that they cannot write", async () => {
        for (const text of await onEach("docker inspect consul")) {
            expect(JSON.parse(text)).toMatchObject([confinedContainer]);
        }
        const pid = "$(docker inspect --format={{.State.Pid}} consul)";
        for (const status of await onEach(`cat /proc/${pid}/status`)) {
            for (const line of confinedProcess) {
                expect(status).toMatch(line);
            }
        }
    });

    it("writes a lost access file again, which is no change", async () => {
        const before = await readAccess(access);
        await rm(dirname(access), { recursive: true });
        await stack.up("--expect-no-changes");
        // No agent was looked at for it, and the scripts' certificate is another one.
        const { client, ...restored } = await readAccess(access);
        expect(restored).toEqual({ ...before, client: undefined, restored: true });
        expect(client?.certificate).toContain("BEGIN CERTIFICATE");
        expect((await stat(access)).mode & 0o777).toBe(0o600);
    });

    it("lists no agent that has another gossip key, and only that keeps it out", async () => {
        const { seed, rotation } = await readAccess(access);
        const node = "client-1";
        const place = {
            stack: name,
            node,
            address: addressOf(node),
            joins: `${addressOf("server-1")}:8301`,
        };
        const listed = async () =>
            (await agentAt(outputs.httpAddress).members()).some(
                ({ Name }) => Name === strangerName,
            );
        const wrong = Buffer.alloc(32, 7).toString("base64");
        expect(await runStranger({ ...place, key: wrong })).toMatchObject({ isLetIn: false });
        expect(await listed()).toBe(false);
        await removeStranger(name, node);
        const right = new ClusterSecrets(seed, rotation).gossipKey;
        expect(await runStranger({ ...place, key: right })).toMatchObject({ isLetIn: true });
        expect(await listed()).toBe(true);
        await removeStranger(name, node);
    });

    it("is destroyed without a trace", async () => {
        await stack.destroy();
        expect(await remains(name)).toEqual([]);
    });
});
