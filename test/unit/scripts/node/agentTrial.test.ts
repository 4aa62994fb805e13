import { afterAll, afterEach, expect, test, vi } from "vitest";
import { Machine } from "../../../../scripts/machine/machine.ts";
import { tryAgent } from "../../../../scripts/node/agentTrial.ts";
import type { AgentTrial } from "../../../../scripts/protocol/agentTrial.ts";
import {
    fakeTrials,
    sound,
    trialOn,
    type FakeTrials,
    type Program,
} from "../../../support/fakeTrials.ts";
import { quickClock } from "../../../support/quickTime.ts";

vi.hoisted(() => vi.resetModules());
afterAll(() => vi.resetModules());
vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => {
    const { quickProgress } = await import("../../../support/quickTime.ts");
    return quickProgress(original);
});

afterEach(() => {
    vi.useRealTimers();
});

async function tried(machine: FakeTrials, over: Partial<AgentTrial> = {}) {
    const trial = trialOn(machine, over);
    return tryAgent(await Machine.of(trial.agent).engine(), trial);
}

/** What a program of these does in the place of a sound one's. */
const instead = (changed: Readonly<Record<string, Program>>) => (what: string) =>
    changed[what] ?? sound(what);

test("a sound agent passes: its version is printed, its configuration validated, itself started", async () => {
    const machine = await fakeTrials();
    const result = await tried(machine);
    expect(result).toMatchObject({ problems: [], warnings: [], version: { text: "1.22.2" } });
    expect(machine.created.map(({ Cmd }) => Cmd.join(" ")).sort()).toEqual([
        "agent -server -log-level=info",
        "validate /consul-machines",
        "version",
    ]);
    expect([...machine.removed].sort()).toEqual(["t0", "t1", "t2"]);
});

test("its containers are as its own: without network and data, and told as this stack's", async () => {
    const machine = await fakeTrials();
    await tried(machine);
    for (const { HostConfig, Labels, Image, Env } of machine.created) {
        expect([Image, Env]).toEqual(["hashicorp/consul:1.22.2", ["GOMAXPROCS=2"]]);
        expect(Labels).toEqual({
            "consul-machines.owner": "consul-machines/dev",
            "consul-machines.node": "server-1",
            "consul-machines.trial": "agent",
        });
        expect(HostConfig).toMatchObject({
            NetworkMode: "none",
            ReadonlyRootfs: false,
            Tmpfs: { "/consul/data": "" },
            Mounts: [],
        });
    }
    expect([...machine.files]).toEqual([
        ["/consul-machines/agent.json", { text: "{}", mode: 0o644, uid: 0 }],
        ["/consul-machines/trial.json", { text: '{"server":true}', mode: 0o644, uid: 0 }],
    ]);
});

test("in a secured cluster they have its rights, and keys of their own", async () => {
    const machine = await fakeTrials();
    const { container } = trialOn(machine);
    const hardened = {
        ...container,
        user: "100:1000",
        readOnly: true,
        capabilities: { drops: ["ALL"] },
        securityOpts: ["no-new-privileges:true"],
        tmpfs: { "/tmp": "" },
        mounts: ["/consul-machines"],
    };
    await tried(machine, { access: "access.json", container: hardened });
    expect(machine.created[0]).toMatchObject({
        User: "100:1000",
        HostConfig: {
            NetworkMode: "none",
            ReadonlyRootfs: true,
            CapDrop: ["ALL"],
            SecurityOpt: ["no-new-privileges:true"],
            Tmpfs: { "/tmp": "", "/consul/data": "uid=100,gid=1000,mode=0755" },
            Mounts: [{ Type: "volume", Target: "/consul-machines" }],
        },
    });
    const agent = machine.files.get("/consul-machines/tls/agent.pem");
    expect(agent).toMatchObject({ mode: 0o600, uid: 100 });
    expect(agent?.text).toMatch(/BEGIN CERTIFICATE[^]+BEGIN PRIVATE KEY/);
    expect(machine.files.has("/consul-machines/tls/ca.pem")).toBe(true);
});

test("what a killed trial left is removed first", async () => {
    const machine = await fakeTrials();
    machine.leftOver = ["old"];
    await tried(machine);
    expect(machine.removed[0]).toBe("old");
});

test("nothing is tried where the machine does not have the image", async () => {
    const machine = await fakeTrials();
    machine.imageCpu = undefined;
    expect(await tried(machine)).toBeUndefined();
    expect(machine.created).toEqual([]);
});

const logFile = { log_file: "/var/log/consul/" };

/** Configurations with which an agent does not start, and what Consul prints of them. */
const faults: readonly {
    readonly what: string;
    readonly config: object;
    readonly programs: Readonly<Record<string, Program>>;
    readonly said: readonly RegExp[];
}[] = [
    {
        what: "a key that Consul does not know",
        config: { log_rotate_file_count: 7, foo: 1 },
        programs: {
            validate: {
                lines: [
                    "Config validation failed: failed to parse /consul-machines/agent.json: 2 errors occurred:",
                    "\t* invalid config key log_rotate_file_count",
                    "\t* invalid config key foo",
                    "",
                ],
                exitCode: 1,
            },
        },
        said: [
            /^server-1: agentConfig\.log_rotate_file_count: got 7;/,
            /^server-1: agentConfig\.foo: got 1;/,
        ],
    },
    {
        what: "a folder that is not there",
        config: logFile,
        programs: {
            agent: {
                lines: [
                    "==> Failed to setup logging: open /var/log/consul/consul.log: no such file or directory",
                ],
                exitCode: 1,
            },
        },
        said: [/^server-1: agentConfig\.log_file: got "\/var\/log\/consul\/";/],
    },
    {
        what: "a pair of keys that does not match",
        config: { tls: { defaults: { cert_file: "/a", key_file: "/b" } } },
        programs: {
            agent: {
                lines: [
                    "==> Failed to load cert/key pair: tls: private key does not match public key",
                ],
                exitCode: 1,
            },
        },
        said: [
            /^server-1: agentConfig\.tls\.defaults\.cert_file, agentConfig\.tls\.defaults\.key_file: its agent/,
        ],
    },
    {
        what: "syslog, for which an agent waits silently",
        config: { enable_syslog: true },
        programs: { agent: { lines: [] } },
        said: [/^server-1: agentConfig\.enable_syslog: got true; .*it waits for syslog/],
    },
    {
        what: "an image for another CPU, as the program says it",
        config: {},
        programs: { version: { lines: ["exec /bin/consul: exec format error"], exitCode: 255 } },
        said: [
            /^server-1: the image hashicorp\/consul:1\.22\.2 is for arm64, and its machine "dev-server-1" is amd64: exec \/bin\/consul: exec format error\. Name an image for amd64/,
        ],
    },
    {
        what: "an image for another CPU, as its engine says it",
        config: {},
        programs: { version: { lines: [], refusal: "exec format error" } },
        said: [/is for arm64, and its machine "dev-server-1" is amd64: .*exec format error/],
    },
    {
        what: "an image of something else",
        config: {},
        programs: { version: { lines: ["nginx: unknown option"], exitCode: 1 } },
        said: [
            /^server-1: the image hashicorp\/consul:1\.22\.2 does not run on its machine "dev-server-1", or prints no version of Consul: nginx/,
        ],
    },
];

test.each(faults)("$what is found", async ({ what, config, programs, said }) => {
    quickClock(20);
    const machine = await fakeTrials();
    machine.imageCpu = what.includes("another CPU") ? "arm64" : "amd64";
    machine.program = instead(programs);
    const sources = [{ path: "agentConfig", config }];
    const result = await tried(machine, { config, sources });
    expect(result?.problems).toEqual(said.map((line) => expect.stringMatching(line) as string));
    expect(machine.removed).toHaveLength(machine.created.length);
});

test("keys without effect are told of", async () => {
    const machine = await fakeTrials();
    const says = '"license_path" is a Consul Enterprise configuration and will have no effect';
    machine.program = instead({
        validate: { lines: [says, "Configuration is valid!"], exitCode: 0 },
    });
    const result = await tried(machine);
    expect(result).toMatchObject({ problems: [], warnings: [`server-1: Consul says: ${says}`] });
});

test("what an agent cannot do for want of a network is no fault", async () => {
    const machine = await fakeTrials();
    machine.program = instead({
        agent: { lines: ["==> lookup statsd.example: no such host"], exitCode: 1 },
    });
    const result = await tried(machine);
    expect(result?.problems).toEqual([]);
    expect(result?.warnings).toEqual([
        "server-1: tried without a network, its agent ends: lookup statsd.example: no such host",
    ]);
});

test("one that waits for others is no fault either", async () => {
    quickClock(20);
    const machine = await fakeTrials();
    machine.program = instead({
        agent: { lines: ["[INFO] agent.auto_config: waiting for servers"] },
    });
    const result = await tried(machine);
    expect(result?.problems).toEqual([]);
    expect(result?.warnings[0]).toContain("has neither come up within 10 s nor ended");
});
