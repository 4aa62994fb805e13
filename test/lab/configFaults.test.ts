import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeHosts } from "../../cli/bench/hosts.ts";
import { writeArmArchive } from "./support/armArchive.ts";
import { get, put, untilWhole } from "./support/cluster.ts";
import { containerIds, docker, hostOf, onMachine } from "./support/host.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const three = ["server-1", "server-2", "server-3"];

/** Milliseconds within which a fault is to be said. */
const within = 20_000;

/** Settings with which an agent does not start, and what is said of them. */
interface Fault {
    readonly fault: string;
    readonly settings: object;
    readonly said: readonly (string | RegExp)[];
}

/** A map of Consul's own configuration, as the settings take it. */
const configured = (agentConfig: object) => ({ agentConfig });

/** Case 07, and its kind. Some of it a preview knows; the rest is found by a trial. */
const everywhere: readonly Fault[] = [
    {
        fault: "a log in a folder that is not there",
        settings: configured({ log_file: "/var/log/consul/", log_rotate_max_files: 7 }),
        said: ['agentConfig.log_file: got "/var/log/consul/"', "inside of the agent's container"],
    },
    {
        fault: "a pid file in a folder that is not there",
        settings: configured({ pid_file: "/run/consul/consul.pid" }),
        said: [
            'agentConfig.pid_file: got "/run/consul/consul.pid"',
            "inside of the agent's container",
        ],
    },
    {
        fault: "syslog",
        settings: configured({ enable_syslog: true }),
        said: ["agentConfig.enable_syslog: got true", "syslog"],
    },
    {
        fault: "a key that Consul does not know",
        settings: configured({ log_rotate_file_count: 7 }),
        said: ["agentConfig.log_rotate_file_count: "],
    },
    {
        fault: "a value that Consul does not take",
        settings: configured({ performance: { raft_multiplier: 11 } }),
        said: ["agentConfig.performance.raft_multiplier: got 11"],
    },
    {
        fault: "a store of the log that there is none of, which only the agent knows",
        settings: configured({ raft_logstore: { backend: "none" } }),
        said: ["raft_logstore.backend"],
    },
    {
        fault: "a fault of the last server alone",
        settings: {
            servers: [
                { name: "server-1" },
                { name: "server-2" },
                { name: "server-3", agentConfig: { raft_logstore: { backend: "none" } } },
            ],
            agentConfig: { session_ttl_min: "11s" },
        },
        said: [/(servers\[2\]|server-3)\.agentConfig\.raft_logstore/],
    },
];

/** What an open cluster takes besides. */
const open: readonly Fault[] = [
    {
        fault: "a CA that is not there",
        settings: configured({ tls: { defaults: { ca_file: "/etc/consul.d/ca.pem" } } }),
        said: [
            'agentConfig.tls.defaults.ca_file: got "/etc/consul.d/ca.pem"',
            "no such file or directory",
        ],
    },
    {
        fault: "a pair of keys that is none",
        settings: configured({
            tls: {
                defaults: {
                    cert_file: "/consul-machines/agent.json",
                    key_file: "/consul-machines/agent.json",
                },
            },
        }),
        said: [
            "agentConfig.tls.defaults.cert_file",
            "agentConfig.tls.defaults.key_file",
            "cert/key pair",
        ],
    },
];

describe.skipIf(missing !== undefined).each([
    { security: "full", faults: everywhere },
    { security: "open", faults: [...everywhere, ...open] },
])("a $security cluster that is to be changed to what cannot start", ({ security, faults }) => {
    const name = `lab-faulty-${security}`;
    const stack = new LabStack(name);
    const folder = mkdtempSync(join(tmpdir(), "lab-faulty-"));
    let outputs: Outputs;
    let before: Readonly<Record<string, string>> = {};
    const plain = { servers: 3, security };

    beforeAll(async () => {
        await stack.init();
        stack.configure(plain);
        await stack.up();
        outputs = await stack.outputs();
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
        before = await containerIds(name, three);
    });

    afterAll(async () => {
        await stack.end();
        rmSync(folder, { recursive: true, force: true });
    });

    /** Runs `up` with these settings, and expects it to end red in time, with nothing touched and nothing left. */
    async function expectRefused(settings: object, said: Fault["said"]): Promise<void> {
        stack.configure({ ...plain, ...settings });
        const begun = Date.now();
        const { exitCode, output } = await stack.run(stack.upWords());
        const took = Date.now() - begun;
        // As a terminal breaks no line of it, neither does the test.
        const text = output.replaceAll(/\s+/g, " ");
        for (const part of said) {
            expect(text).toMatch(typeof part === "string" ? new RegExp(escaped(part)) : part);
        }
        expect(exitCode).not.toBe(0);
        expect(took).toBeLessThan(within);
        expect(await containerIds(name, three)).toEqual(before);
        await expectNothingLeft(name, three);
        expect(await get(outputs.httpAddress, "kept")).toBe("safe");
    }

    it.each(faults)("is refused $fault, and no server is touched", async ({ settings, said }) => {
        await expectRefused(settings, said);
    });

    it("is refused an archive for another CPU in a preview, naming both", async () => {
        const image = join(folder, "consul-arm64.tar");
        await writeArmArchive(image, "arm64");
        stack.configure({ ...plain, image });
        const preview = await stack.run(stack.words("preview"));
        expect(preview.exitCode).not.toBe(0);
        const text = preview.output.replaceAll(/\s+/g, " ");
        expect(text).toContain(
            "it is for arm64, and the machines are amd64 (server-1, server-2, server-3)",
        );
        await expectRefused({ image }, ["it is for arm64, and the machines are amd64"]);
    });

    it("is refused an archive that says another CPU than its program is for, before a server is touched", async () => {
        const image = join(folder, "consul-lying.tar");
        await writeArmArchive(image, "amd64");
        await expectRefused({ image }, [
            /does not run on its machine .*exec format error/,
            "No server was touched",
        ]);
    });

    it("goes on once that is taken out again, and changes nothing that did not have to", async () => {
        stack.configure(plain);
        // The machines had loaded the other archive by then.
        await stack.up();
        await stack.up("--expect-no-changes");
        await untilWhole(outputs);
        expect(await containerIds(name, three)).toEqual(before);
    });

    it("is changed by what an agent starts with, and left by no container of a trial", async () => {
        stack.configure({ ...plain, agentConfig: { log_file: "/consul/data/consul.log" } });
        await stack.up();
        await untilWhole(outputs);
        const after = await containerIds(name, three);
        for (const node of three) {
            expect(after[node]).not.toBe(before[node]);
        }
        await expectNothingLeft(name, three);
    });

    it("has a trial that was killed cleared away by the next", async () => {
        const left = await onMachine(
            name,
            "server-1",
            "docker",
            "create",
            "--label=consul-machines.trial=agent",
            `--label=consul-machines.owner=consul-machines/${name}`,
            "--label=consul-machines.node=server-1",
            await imageOf(name),
            "version",
        );
        // Of this a preview knows nothing: it takes a trial.
        stack.configure({ ...plain, agentConfig: { raft_logstore: { backend: "none" } } });
        const { exitCode } = await stack.run(stack.upWords());
        expect(exitCode).not.toBe(0);
        const all = await onMachine(
            name,
            "server-1",
            "docker",
            "ps",
            "--all",
            "--quiet",
            "--no-trunc",
        );
        expect(all.split("\n")).not.toContain(left.trim());
    });
});

describe.skipIf(missing !== undefined)("a stack of client agents alone", () => {
    const prefix = "lab-faulty-host";
    const core = new LabStack("lab-faulty-core");
    const workers = new LabStack("lab-faulty-workers", core.backend);
    const folder = mkdtempSync(join(tmpdir(), "lab-faulty-key-"));
    let settings: Readonly<Record<string, unknown>> = {};
    let hosts: readonly string[] = [];

    beforeAll(async () => {
        await removeHosts(prefix);
        const place = { prefix, subnet: "10.77.95.0/24", folder, count: 3 };
        const prepared = await prepareLabHosts(place);
        for (const host of prepared.hosts) {
            await prepared.start(host);
        }
        const [first = "", ...others] = prepared.hosts.map(({ address }) => address);
        hosts = prepared.hosts.slice(1).map((host) => host.name);
        const driver = {
            driver: "generic",
            driverOptions: { sshUser: "root", sshKey: prepared.keyFile },
            security: "open",
        };
        await core.init();
        core.configure({ ...driver, servers: [{ name: "server-1", address: first }] });
        await core.up();
        await workers.init();
        settings = {
            ...driver,
            servers: [],
            clients: others.map((address, index) => ({ name: `worker-${index + 1}`, address })),
            join: [first],
        };
        workers.configure(settings);
        await workers.up();
    });

    afterAll(async () => {
        const ended: PromiseSettledResult<void>[] = [];
        for (const stack of [workers, core]) {
            ended.push(...(await Promise.allSettled([stack.end()])));
        }
        await removeHosts(prefix);
        rmSync(folder, { recursive: true, force: true });
        expect(ended.filter(({ status }) => status === "rejected")).toEqual([]);
    });

    const ids = () =>
        Promise.all(
            hosts.map((host) =>
                docker("exec", host, "docker", "inspect", "--format={{.Id}}", "consul"),
            ),
        );

    it("keeps every agent where none would start with the change, and goes on without it", async () => {
        const before = await ids();
        const ca_file = "/etc/consul.d/ca.pem";
        workers.configure({ ...settings, agentConfig: { tls: { defaults: { ca_file } } } });
        const begun = Date.now();
        const { exitCode, output } = await workers.run(workers.upWords());
        expect(exitCode).not.toBe(0);
        expect(Date.now() - begun).toBeLessThan(within);
        const text = output.replaceAll(/\s+/g, " ");
        expect(text).toContain(`agentConfig.tls.defaults.ca_file: got "${ca_file}"`);
        expect(text).toMatch(/The container of worker-\d was not touched/);
        expect(await ids()).toEqual(before);
        workers.configure(settings);
        await workers.up();
        expect(await ids()).toEqual(before);
    });
});

/** The image that the agent on a lab machine runs. */
async function imageOf(stack: string): Promise<string> {
    const format = "--format={{.Config.Image}}";
    return (await onMachine(stack, "server-1", "docker", "inspect", format, "consul")).trim();
}

/** Expects no container of a trial on the lab machines, and no volume of one. */
async function expectNothingLeft(stack: string, nodes: readonly string[]): Promise<void> {
    for (const node of nodes) {
        const host = hostOf(stack, node);
        const filter = "--filter=label=consul-machines.trial";
        expect(await docker("exec", host, "docker", "ps", "--all", "--quiet", filter)).toBe("");
        const unused = await docker(
            "exec",
            host,
            "docker",
            "volume",
            "ls",
            "--quiet",
            "--filter=dangling=true",
        );
        expect(unused).toBe("");
    }
}

function escaped(text: string): string {
    return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
