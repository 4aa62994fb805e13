import { createPrivateKey, X509Certificate } from "node:crypto";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type {
    AgentFilesRequest,
    KeyPair,
    Rotation,
} from "../../../../scripts/protocol/security.ts";
import { makeAuthority } from "../../../../scripts/security/authority.ts";
import { ClusterSecrets } from "../../../../scripts/security/secrets.ts";
import { configureSecuredAgent } from "../../../../scripts/verbs/agentConfigure.ts";
import { fakeVolumes, type FakeVolumes } from "../../../support/fakeVolumes.ts";
import { accessFile, origin } from "../../../support/securedAgents.ts";

let ca: KeyPair;

beforeAll(async () => {
    ca = await makeAuthority();
});

const rotated = (over: Partial<Rotation>) => ({ ...origin.rotation, ...over });

/** The request for the server on such a machine, all else as the tests' cluster has it. */
async function request(
    { store, machine }: FakeVolumes,
    over: Partial<AgentFilesRequest> = {},
): Promise<AgentFilesRequest> {
    return {
        access: await accessFile({ ca, trusted: ca.certificate }),
        nodeName: "server-1",
        role: "server",
        httpAddress: "https://127.0.0.1:1",
        servers: { "server-2": "https://127.0.0.1:1" },
        agent: { store, machine, container: "consul" },
        owner: "consul-machines/dev",
        image: "consul:1",
        volumes: { config: "consul-config", data: "consul-data" },
        config: { datacenter: "dc1" },
        digest: "d1",
        addresses: ["10.0.0.11"],
        rotation: origin.rotation,
        ...over,
    };
}

const textOf = ({ files }: FakeVolumes, file: string) => files.get(file)?.text ?? "";
const certificateOf = (machine: FakeVolumes) => textOf(machine, "/consul-machines/tls/agent.pem");
const tokensOf = (machine: FakeVolumes): unknown =>
    JSON.parse(textOf(machine, "/consul-machines/tokens.json"));

const secrets = new ClusterSecrets(origin.seed, origin.rotation);

/** Everything that a fresh server gets, in one request. */
const allFiles =
    "put /: consul-machines/agent.json consul-machines/tls/ca.pem consul-machines/tls/agent.pem " +
    "consul-machines/tokens.json consul/data/serf/local.keyring consul-machines/cli/token " +
    "consul-machines/tls/reloaded";

describe("a node without a container", () => {
    test("gets all files through one that never runs", async () => {
        const machine = await fakeVolumes();
        expect(await configureSecuredAgent(await request(machine))).toBe("configured");
        expect(machine.done).toEqual(["create consul:1", allFiles, "remove writer"]);
        expect(machine.created).toMatchObject([
            {
                Labels: {
                    "consul-machines.owner": "consul-machines/dev",
                    "consul-machines.node": "server-1",
                },
                HostConfig: {
                    Mounts: [
                        { Source: "consul-config", Target: "/consul-machines" },
                        { Source: "consul-data", Target: "/consul/data" },
                    ],
                },
            },
        ]);
    });

    test("has files that only its agent may read, in folders of the agent's", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        const modes = [...machine.files].map(([path, { mode, uid, gid, text }]) => {
            const kind = text === undefined ? "folder" : "file";
            return `${path} ${kind} ${mode.toString(8)} ${uid}:${gid}`;
        });
        expect(modes.filter((line) => line.includes(" folder "))).toEqual([
            "/consul-machines folder 700 100:1000",
            "/consul-machines/tls folder 700 100:1000",
            "/consul/data folder 755 100:1000",
            "/consul/data/serf folder 700 100:1000",
            "/consul-machines/cli folder 700 100:1000",
        ]);
        const files = modes.filter((line) => line.includes(" file "));
        expect(files).toHaveLength(7);
        expect(files.every((line) => line.endsWith(" 600 100:1000"))).toBe(true);
    });

    test("gets a certificate of the cluster's CA with its key, and derived tokens and gossip key", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        const text = certificateOf(machine);
        const certificate = new X509Certificate(text);
        expect(certificate.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
        expect(certificate.checkPrivateKey(createPrivateKey(text))).toBe(true);
        expect(certificate.checkIP("10.0.0.11")).toBe("10.0.0.11");
        expect(certificate.checkHost("server.dc1.consul")).toBe("server.dc1.consul");
        expect(tokensOf(machine)).toEqual({
            acl: {
                tokens: {
                    agent: secrets.nodeToken("agent", "server-1").secretId,
                    agent_recovery: secrets.nodeToken("recovery", "server-1").secretId,
                    dns: secrets.token("dns").secretId,
                    initial_management: secrets.token("management").secretId,
                },
            },
        });
        expect(textOf(machine, "/consul-machines/cli/token")).toBe(
            secrets.nodeToken("recovery", "server-1").secretId,
        );
        expect(JSON.parse(textOf(machine, "/consul/data/serf/local.keyring"))).toEqual([
            secrets.gossipKey,
        ]);
        expect(textOf(machine, "/consul-machines/tls/ca.pem")).toBe(ca.certificate);
    });

    test("gets no management token as a client", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine, { role: "client" }));
        expect(tokensOf(machine)).not.toHaveProperty("acl.tokens.initial_management");
        const certificate = new X509Certificate(certificateOf(machine));
        expect(certificate.checkHost("server.dc1.consul")).toBeUndefined();
    });

    test("is left alone a second time, and what an interrupted run left is removed", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        machine.done.length = 0;
        machine.leftOver = ["old"];
        await configureSecuredAgent(await request(machine));
        expect(machine.done).toEqual(["remove old", "create consul:1", "remove writer"]);
    });

    test("keeps the gossip keys that Consul has changed, and gets others for half a file", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        const keyring = "/consul/data/serf/local.keyring";
        const owned = { mode: 0o600, uid: 100, gid: 1000 };
        machine.files.set(keyring, { text: '["b2xk"]', ...owned });
        await configureSecuredAgent(await request(machine));
        expect(textOf(machine, keyring)).toBe('["b2xk"]');
        machine.files.set(keyring, { text: "[]", ...owned });
        await configureSecuredAgent(await request(machine));
        expect(textOf(machine, keyring)).toBe(JSON.stringify([secrets.gossipKey]));
    });

    test("has its file put right whose mode was changed", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        const file = "/consul-machines/tokens.json";
        machine.files.set(file, { text: textOf(machine, file), mode: 0o644, uid: 100, gid: 1000 });
        machine.done.length = 0;
        await configureSecuredAgent(await request(machine));
        expect(machine.done[1]).toBe("put /: consul-machines/tokens.json");
        expect(machine.files.get(file)?.mode).toBe(0o600);
    });

    test("is named with its machine and files where they cannot be written", async () => {
        const machine = await fakeVolumes();
        machine.refusal = 500;
        await expect(configureSecuredAgent(await request(machine))).rejects.toThrow(
            /^server-1: on the machine "dev-server-1" .*tokens\.json.* cannot be written: .*no space left/,
        );
        expect(machine.done.at(-1)).toBe("remove writer");
    });
});

describe("a certificate", () => {
    /** Configures a node twice; returns whether it has another certificate then. */
    async function isRenewed(
        second: Partial<AgentFilesRequest>,
        first: Partial<AgentFilesRequest> = {},
    ): Promise<boolean> {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine, first));
        const before = certificateOf(machine);
        await configureSecuredAgent(await request(machine, second));
        return certificateOf(machine) !== before;
    }

    test("that is right stays", async () => {
        expect(await isRenewed({ config: { datacenter: "dc1", log_level: "WARN" } })).toBe(false);
    });

    test("is made for other addresses, another generation, another role", async () => {
        expect(await isRenewed({ addresses: ["10.0.0.12"] })).toBe(true);
        expect(await isRenewed({ rotation: rotated({ leaf: 2 }) })).toBe(true);
        expect(await isRenewed({ role: "client" })).toBe(true);
    });

    test("is renewed once for each reason", async () => {
        const renewal = "expires on 2027-01-01";
        expect(await isRenewed({ renewal })).toBe(true);
        expect(await isRenewed({ renewal }, { renewal })).toBe(false);
        expect(await isRenewed({ renewal: "expires on 2028-01-01" }, { renewal })).toBe(true);
    });

    test("of another CA is replaced", async () => {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        const next = await makeAuthority();
        const trusted = next.certificate + ca.certificate;
        const access = await accessFile({ ca: next, trusted });
        await configureSecuredAgent(await request(machine, { access }));
        const certificate = new X509Certificate(certificateOf(machine));
        expect(certificate.verify(new X509Certificate(next.certificate).publicKey)).toBe(true);
        expect(textOf(machine, "/consul-machines/tls/ca.pem")).toBe(trusted);
    });
});

/** An agent that serves the certificate which it has read. */
async function servingAgent(machine: FakeVolumes): Promise<string> {
    const server: Server = createServer();
    const read = () => {
        const text = certificateOf(machine);
        server.setSecureContext({ cert: text, key: text });
    };
    read();
    await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
    onTestFinished(() => {
        server.close();
    });
    machine.run = (command) => {
        if (command === "consul reload") {
            read();
        }
        return { exitCode: 0, output: "" };
    };
    const { port } = server.address() as AddressInfo;
    return `https://127.0.0.1:${port}`;
}

describe("a running agent", () => {
    /** One that was configured and started, and serves. */
    async function running() {
        const machine = await fakeVolumes();
        await configureSecuredAgent(await request(machine));
        machine.container = { isRunning: true, digest: "d1" };
        const httpAddress = await servingAgent(machine);
        machine.done.length = 0;
        const configure = async (over: Partial<AgentFilesRequest> = {}) =>
            configureSecuredAgent(await request(machine, { httpAddress, ...over }));
        return { machine, configure };
    }

    test("is not told again what it has", async () => {
        const { machine, configure } = await running();
        await configure();
        expect(machine.done).toEqual([]);
    });

    test("takes other tokens; that of its own commands is written once it has", async () => {
        const { machine, configure } = await running();
        await configure({ rotation: rotated({ tokens: 3 }) });
        expect(machine.done).toEqual([
            "put /consul-machines: tokens.json",
            "exec consul reload",
            "put /consul-machines: cli/token",
            "exec consul members",
            "put /consul-machines: tls/reloaded",
        ]);
    });

    test("takes another certificate, and is seen to serve it", async () => {
        const { machine, configure } = await running();
        await configure({ renewal: "expires soon" });
        expect(machine.done).toEqual([
            "put /consul-machines: tls/agent.pem tls/renewal",
            "exec consul reload",
            "exec consul members",
            "put /consul-machines: tls/reloaded",
        ]);
    });

    test("whose reload was interrupted reloads the next time", async () => {
        const { machine, configure } = await running();
        const serve = machine.run;
        machine.run = () => ({ exitCode: 1, output: "Unexpected response code: 500 (no)" });
        const rotation = rotated({ tokens: 3 });
        await expect(configure({ rotation })).rejects.toThrow(
            /^server-1: its agent on the machine "dev-server-1" refuses its new files.* 500 \(no\)$/,
        );
        machine.run = serve;
        machine.done.length = 0;
        await configure({ rotation });
        expect(machine.done[0]).toBe("exec consul reload");
        machine.done.length = 0;
        await configure({ rotation });
        expect(machine.done).toEqual([]);
    });

    test("that has its tokens already, and an older one for its commands, is asked with the new one", async () => {
        const { machine, configure } = await running();
        const rotation = rotated({ tokens: 3 });
        const next = new ClusterSecrets(origin.seed, rotation).nodeToken("recovery", "server-1");
        machine.run = () =>
            textOf(machine, "/consul-machines/cli/token") === next.secretId
                ? { exitCode: 0, output: "" }
                : { exitCode: 1, output: "Unexpected response code: 403 (ACL not found)" };
        await configure({ rotation });
        expect(machine.done.filter((line) => line === "exec consul reload")).toHaveLength(2);
        expect(machine.done.at(-1)).toBe("put /consul-machines: tls/reloaded");
    });

    test("whose data were lost gets gossip keys, and is restarted for them, once", async () => {
        const { machine, configure } = await running();
        machine.files.delete("/consul/data/serf/local.keyring");
        await configure();
        expect(machine.done).toEqual(["put /consul/data: serf/local.keyring", "restart"]);
        machine.done.length = 0;
        await configure();
        expect(machine.done).toEqual([]);
    });

    test("is only given files where its container is about to be replaced", async () => {
        const { machine, configure } = await running();
        const rotation = rotated({ tokens: 3 });
        await configure({ digest: "d2", config: { datacenter: "dc1", domain: "x" }, rotation });
        expect(machine.done).toEqual(["put /consul-machines: agent.json tokens.json cli/token"]);
        // Were the change taken back, it would not know the tokens.
        machine.done.length = 0;
        await configure({ rotation });
        expect(machine.done).toContain("exec consul reload");
    });

    test("of an open cluster is not touched: a container of its own writes the files", async () => {
        const machine = await fakeVolumes({ isRunning: true, hasVolumes: false });
        await configureSecuredAgent(await request(machine));
        expect(machine.done[0]).toBe("create consul:1");
        expect(machine.done.some((line) => line.startsWith("exec"))).toBe(false);
    });
});

describe("files of an operator", () => {
    const file = (name: string, text: string, mode = 0o600) => {
        return { path: `/consul-machines/files/${name}`, text, mode };
    };
    const filesIn = ({ files }: FakeVolumes) =>
        [...files]
            .filter(([path]) => path.startsWith("/consul-machines/files"))
            .map(
                ([path, { mode, uid, gid, text }]) =>
                    `${path} ${mode.toString(8)} ${uid}:${gid} ${text ?? "/"}`,
            );

    test("are written with their modes, in folders of the agent's", async () => {
        const machine = await fakeVolumes();
        const files = [file("a.sh", "#!/bin/sh", 0o755), file("b/c/d", "text")];
        await configureSecuredAgent(await request(machine, { files }));
        expect(filesIn(machine).sort()).toEqual([
            "/consul-machines/files 700 100:1000 /",
            "/consul-machines/files/a.sh 755 100:1000 #!/bin/sh",
            "/consul-machines/files/b 700 100:1000 /",
            "/consul-machines/files/b/c 700 100:1000 /",
            "/consul-machines/files/b/c/d 600 100:1000 text",
        ]);
    });

    test("are written once, and again where another mode was given to one by hand", async () => {
        const machine = await fakeVolumes({ isRunning: true, digest: "d1" });
        const files = [file("a", "text", 0o644)];
        await configureSecuredAgent(await request(machine, { files }));
        machine.done.length = 0;
        await configureSecuredAgent(await request(machine, { files }));
        expect(machine.done).toEqual([]);
        machine.files.set("/consul-machines/files/a", {
            text: "text",
            mode: 0o600,
            uid: 100,
            gid: 1000,
        });
        await configureSecuredAgent(await request(machine, { files }));
        expect(machine.done).toEqual(["put /consul-machines: files/a"]);
    });

    test("that are declared no longer are emptied: nothing of them stays", async () => {
        const machine = await fakeVolumes({ isRunning: false });
        const environment = {
            path: "/consul-machines/secret/environment",
            text: "export A=1",
            mode: 0o600,
        };
        await configureSecuredAgent(
            await request(machine, { files: [file("a", "1"), file("b", "2"), environment] }),
        );
        await configureSecuredAgent(await request(machine, { files: [file("b", "2")] }));
        expect(textOf(machine, "/consul-machines/files/a")).toBe("");
        expect(textOf(machine, "/consul-machines/files/b")).toBe("2");
        expect(textOf(machine, environment.path)).toBe("");
        machine.done.length = 0;
        await configureSecuredAgent(await request(machine, { files: [file("b", "2")] }));
        expect(machine.done).toEqual([]);
    });

    test("are there before a container is replaced that has others", async () => {
        const machine = await fakeVolumes({ isRunning: true, digest: "d1" });
        await configureSecuredAgent(await request(machine));
        machine.done.length = 0;
        await configureSecuredAgent(
            await request(machine, { files: [file("a", "1")], digest: "d2" }),
        );
        expect(machine.done).toEqual(["put /consul-machines: files/a"]);
    });
});
