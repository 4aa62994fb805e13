import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { onTestFinished } from "vitest";
import { packageDoor } from "../../cli/commands/packageDoor.ts";
import { agentArguments } from "../../components/agent/agentCommand.ts";
import { certificates } from "./certificates.ts";
import { fakeAgentEngine, type AgentEngine } from "./fakeAgentEngine.ts";
import { FakeCluster } from "./fakeCluster.ts";
import { ranCommand, type Ended } from "./ranCommand.ts";
import { FakeAcls, origin, secrets } from "./securedAgents.ts";
import { stubEnv } from "./stubEnv.ts";
import { tempFolder } from "./tempFolder.ts";

/** How a state marks a secret that was exported in clear. */
export function secret(value: unknown): object {
    return {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        plaintext: JSON.stringify(value),
    };
}

/** A stack of a program that uses the library, in a folder of its own, with a stub of Pulumi's CLI on PATH. */
export interface FakeStack {
    readonly folder: string;
    readonly cluster: FakeCluster;
    readonly engine: AgentEngine;
    /** Texts that nothing may print. */
    readonly secrets: Readonly<Record<string, string>>;
    /** Runs a command of the package from a folder elsewhere. */
    run(...words: readonly string[]): Promise<Ended>;
    /** Changes the state. */
    setResources(change: (resources: StoredResource[]) => StoredResource[]): Promise<void>;
}

/** A resource as a state stores it. */
export interface StoredResource {
    readonly urn: string;
    readonly type: string;
    readonly custom?: boolean;
    readonly parent?: string;
    readonly provider?: string;
    readonly inputs?: object;
    readonly outputs?: object;
}

const clusterUrn = "urn:pulumi:prod::shop::consul-machines:index:ConsulCluster::consul";

/** What of the stack a test wants otherwise. */
interface Choices {
    /** @default true */
    readonly isSecured?: boolean;
    /** Whether its servers serve the web UI. @default true */
    readonly hasUi?: boolean;
    readonly servers?: readonly string[];
    readonly clients?: readonly string[];
}

/** Starts its agents and its engine, which all machines share; they end with the running test. */
export async function fakeStack({
    isSecured = true,
    hasUi = true,
    servers = ["a", "b", "c"],
    clients = ["x"],
}: Choices = {}): Promise<FakeStack> {
    const acls = isSecured ? new FakeAcls() : undefined;
    const cluster = await FakeCluster.start(servers, clients, acls);
    const engine = await fakeAgentEngine();
    const folder = await tempFolder();
    const { ca, caKey, key } = await certificates();
    const nodes = [...servers, ...clients].map((name) => ({
        name,
        role: servers.includes(name) ? "server" : "client",
        httpAddress: cluster.address(name),
    }));
    let resources = await resourcesOf(nodes, engine.port, isSecured, hasUi);
    const write = () =>
        writeFile(
            join(folder, "state.json"),
            JSON.stringify({ version: 3, deployment: { resources } }),
        );
    await write();
    await writeProgram(folder);
    stubEnv("PATH", [join(folder, "bin"), process.env.PATH ?? ""].join(delimiter));
    stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
    stubEnv("PULUMI_CONFIG_PASSPHRASE", "passphrase of the backend");
    return {
        folder,
        cluster,
        engine,
        secrets: {
            passphrase: "passphrase of the backend",
            "encrypted setting": "s3cr3t of a setting",
            "variable of an agent": "hunter2-of-the-agents",
            "option of a driver": "AKIA-secret-of-the-cloud",
            "file of a machine": "cloud secret of a file",
            "client key": linesOf(key),
            ...(isSecured
                ? {
                      seed: origin.seed,
                      gossip: secrets.gossipKey,
                      management: secrets.token("management").secretId,
                      operate: secrets.token("operate").secretId,
                      services: secrets.token("services").secretId,
                      dns: secrets.token("dns").secretId,
                      metrics: secrets.token("metrics").secretId,
                      "agent of a": secrets.nodeToken("agent", "a").secretId,
                      "recovery of x": secrets.nodeToken("recovery", "x").secretId,
                      "CA key": linesOf(caKey),
                      CA: ca === "" ? "" : linesOf(caKey),
                  }
                : {}),
        },
        run: (...words) => runFrom(folder, words),
        setResources: async (change) => {
            resources = change(resources);
            await write();
        },
    };
}

/** A line of a private key, by which it would be known. */
function linesOf(pem: string): string {
    return pem.split("\n")[1] ?? "";
}

async function runFrom(folder: string, words: readonly string[]): Promise<Ended> {
    const here = process.cwd();
    try {
        process.chdir(await elsewhere());
        return await ranCommand([words[0] ?? "", "--cwd", folder, ...words.slice(1)], packageDoor);
    } finally {
        process.chdir(here);
    }
}

let other: Promise<string> | undefined;

function elsewhere(): Promise<string> {
    other ??= tempFolder();
    onTestFinished(() => {
        other = undefined;
    });
    return other;
}

async function writeProgram(folder: string): Promise<void> {
    await mkdir(join(folder, "bin"));
    await writeFile(join(folder, "Pulumi.yaml"), "name: shop\nruntime: nodejs\n");
    await writeFile(join(folder, "Pulumi.prod.yaml"), "config: {}\n");
    const config = {
        "shop:datacenter": { value: "dc1", secret: false },
        "shop:password": { value: "s3cr3t of a setting", secret: true },
        "shop:environment": {
            value: JSON.stringify({ API_TOKEN: "hunter2-of-the-agents", LEVEL: "debug" }),
            secret: false,
        },
    };
    const script = [
        "#!/bin/sh",
        'case "$*" in',
        "*version*) echo v3.276.0 ;;",
        `*"stack ls"*) echo '[{"name":"prod","current":true},{"name":"test","current":false}]' ;;`,
        `*"stack export"*"--stack prod"*) cat '${folder}/state.json' ;;`,
        `*"stack export"*) echo "error: no stack named 'nothing' found" >&2; exit 255 ;;`,
        `*config*) echo '${JSON.stringify(config)}' ;;`,
        '*) echo "unexpected: $*" >&2; exit 1 ;;',
        "esac",
    ];
    await writeFile(join(folder, "bin", "pulumi"), script.join("\n"), { mode: 0o755 });
}

/** A node, as far as its resources need it. */
interface FakeNode {
    readonly name: string;
    readonly role: string;
    readonly httpAddress: string;
}

async function resourcesOf(
    nodes: readonly FakeNode[],
    port: number,
    isSecured: boolean,
    hasUi: boolean,
): Promise<StoredResource[]> {
    const { ca, caKey } = await certificates();
    const outputs = {
        datacenter: "dc1",
        image: "consul:1",
        ...(hasUi ? { uiUrl: `${nodes[0]?.httpAddress ?? ""}/ui/` } : {}),
        httpAddress: nodes[0]?.httpAddress,
        dnsAddress: "127.0.0.1:8600",
        nodes: Object.fromEntries(
            nodes.map(({ name, role, httpAddress }) => [
                name,
                { role, address: "127.0.0.1", httpAddress, machine: `prod-${name}` },
            ]),
        ),
    };
    const access = {
        ...origin,
        access: "store/access/shop%2Fprod%2Fconsul.json",
        datacenter: "dc1",
        domain: "consul",
        ca: { certificate: ca, key: caKey },
        nodes: {},
    };
    return [
        {
            urn: "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod",
            type: "pulumi:pulumi:Stack",
        },
        { urn: clusterUrn, type: "consul-machines:index:ConsulCluster", outputs },
        {
            ...command("consul-store", "store open", { store: "store", owner: "shop/prod" }),
            outputs: { stdout: secret(JSON.stringify({ store: "store", kept })) },
        },
        ...(isSecured ? [command("consul-access", "access write", access, true)] : []),
        ...(await Promise.all(nodes.map((node) => nodeResources(node, nodes, port)))).flat(),
    ];
}

/** A machine's file as docker-machine writes it, kept in the state: some of its words are secret, most are not. */
const kept = {
    "machines/prod-a/config.json": JSON.stringify({
        Driver: { SSHUser: "docker", SecretKey: "cloud secret of a file", MachineName: "prod-a" },
        HostOptions: { EngineOptions: { StorageDriver: "overlay2" } },
    }),
};

function command(name: string, create: string, request: object, isSecret = false): StoredResource {
    const text = JSON.stringify(request);
    return {
        urn: `${clusterUrn.replace("::consul", "")}$command:local:Command::${name}`,
        type: "command:local:Command",
        custom: true,
        parent: clusterUrn,
        inputs: { create, stdin: isSecret ? secret(text) : text },
    };
}

async function nodeResources(
    { name, role }: FakeNode,
    nodes: readonly FakeNode[],
    port: number,
): Promise<StoredResource[]> {
    const { ca, cert, key } = await certificates();
    const provider = `urn:pulumi:prod::shop::x$pulumi:providers:docker::consul-${name}-docker`;
    const join = nodes.filter((one) => one.role === "server" && one.name !== name);
    return [
        command(`consul-${name}-machine`, "machine up", {
            machine: `prod-${name}`,
            driver: "amazonec2",
            flags: ["--amazonec2-secret-key=AKIA-secret-of-the-cloud"],
        }),
        {
            urn: provider,
            type: "pulumi:providers:docker",
            custom: true,
            parent: clusterUrn,
            inputs: {
                host: `tcp://127.0.0.1:${port}`,
                caMaterial: secret(ca),
                certMaterial: secret(cert),
                keyMaterial: secret(key),
            },
        },
        {
            urn: `urn:pulumi:prod::shop::x$docker:index/container:Container::consul-${name}-agent`,
            type: "docker:index/container:Container",
            custom: true,
            parent: clusterUrn,
            provider: `${provider}::id`,
            inputs: {
                // All machines of the tests have one engine.
                name: `consul-${name}`,
                image: "consul:1",
                command: agentArguments({
                    role: role === "server" ? "server" : "client",
                    nodeName: name,
                    datacenter: "dc1",
                    advertise: `10.0.0.${name.charCodeAt(0)}`,
                    join: join.map((one) => `10.0.0.${one.name.charCodeAt(0)}`),
                }),
                envs: ["API_TOKEN=hunter2-of-the-agents"],
                labels: [{ label: "consul-machines.node", value: name }],
                ports: [
                    { internal: 8301, external: 8301, protocol: "tcp" },
                    { internal: 8301, external: 8301, protocol: "udp" },
                ],
            },
        },
    ];
}
