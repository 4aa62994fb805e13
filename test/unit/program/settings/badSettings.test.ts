import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import * as pulumi from "@pulumi/pulumi";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { divertingEffects } from "../../../../scripts/protocol/dockerVariables.ts";
import { property } from "../../../../scripts/system/json.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import { settingsSchema } from "../../../../program/settings/schema.ts";
import { certificates } from "../../../support/certificates.ts";
import { scriptOutputs } from "../../../support/cluster.ts";
import { declare } from "../../../support/declare.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeLocalEngine } from "../../../support/fakeEngine.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { badAgents } from "./badAgents.ts";
import { badAdopting } from "./badAdopting.ts";
import { badContainers } from "./badContainers.ts";
import { badFiles } from "./badFiles.ts";
import { badNodes } from "./badNodes.ts";
import { badOneMachine } from "./badOneMachine.ts";
import { badOptions } from "./badOptions.ts";
import { badPorts } from "./badPorts.ts";
import { badProgrium } from "./badProgrium.ts";
import { badRollout } from "./badRollout.ts";
import { badSecurity } from "./badSecurity.ts";
import { badServices } from "./badServices.ts";

const badSettings = [
    ...badAdopting,
    ...badContainers,
    ...badNodes,
    ...badOptions,
    ...badAgents,
    ...badFiles,
    ...badOneMachine,
    ...badPorts,
    ...badProgrium,
    ...badRollout,
    ...badSecurity,
    ...badServices,
];

/** This computer's engine, empty, so that no test depends on a real one. */
async function emptyEngine(): Promise<string> {
    const socket = join(await tempFolder(), "docker.sock");
    await fakeLocalEngine((request) => {
        switch (request) {
            case "GET /info":
                return { body: { OperatingSystem: "Debian GNU/Linux 13", OSType: "linux" } };
            case "GET /networks":
                return { body: [] };
            default:
                return undefined;
        }
    }, socket);
    return `unix://${socket}`;
}

/** Runs the program itself, index.ts, on these settings. */
async function run(
    config: Readonly<Record<string, unknown>>,
    stack = "dev",
    stackOutputs: Readonly<Record<string, unknown>> = {},
) {
    const { driverOptions, ...rest } = config;
    const isLab = (config.driver ?? "lab") === "lab";
    const isMap = typeof driverOptions === "object" && !Array.isArray(driverOptions);
    const options =
        isLab && (driverOptions === undefined || isMap)
            ? { dockerHost: await emptyEngine(), ...driverOptions }
            : driverOptions;
    // Open, unless the case is about the other kind.
    const all = {
        security: "open",
        ...rest,
        ...(options === undefined ? {} : { driverOptions: options }),
    };
    pulumi.runtime.setAllConfig(
        Object.fromEntries(
            Object.entries(all).map(([key, value]) => [
                `consul-machines:${key}`,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        ),
    );
    vi.resetModules();
    const { declared, result: error } = await declare(
        (): Promise<unknown> =>
            import("../../../../index.ts").then(
                () => undefined,
                (failure: unknown) => failure,
            ),
        { stack, stackOutputs, outputs: scriptOutputs },
    );
    return { declared, error };
}

afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
});
beforeEach(async () => {
    // A docker-machine that is there and does nothing: the computer's own is no part of this.
    const folder = await tempFolder();
    await writeFile(join(folder, "docker-machine"), "#!/bin/sh\n", { mode: 0o755 });
    vi.stubEnv("PATH", [folder, process.env.PATH].join(delimiter));
    for (const name of Object.keys(divertingEffects)) {
        vi.stubEnv(name, "");
    }
    vi.spyOn(pulumi.log, "warn").mockImplementation(() => Promise.resolve());
});

/** What the program says when these things are wrong. */
function refusal(problems: readonly string[]): string {
    const count = problems.length === 1 ? "One thing is" : `${problems.length} things are`;
    return [`${count} wrong; nothing was made or changed:`, ...problems].join("\n  ");
}

describe("bad settings are refused before anything is made", () => {
    test.each(badSettings)("$what", async ({ config, problems, stack }) => {
        const { declared, error } = await run(config, stack);

        expect(error).toBeInstanceOf(pulumi.RunError);
        expect(error).toHaveProperty("message", refusal(problems));
        expect(declared).toEqual([]);
    });
});

test("there are at least thirty such cases", () => {
    expect(badSettings.length).toBeGreaterThanOrEqual(30);
});

test("all that is wrong is said at once: shell, settings, files, keys", async () => {
    const folder = await tempFolder();
    stubEnv("DOCKER_HOST", "tcp://10.0.0.1:2376");
    await writeFile(join(folder, "id.pub"), "ssh-ed25519 AAAA me\n");

    const { declared, error } = await run({
        servers: [
            { name: "a", address: "127.0.0.2" },
            { name: "b", address: "127.0.0.3" },
        ],
        clients: [{ name: "c", address: "192.0.2.1", options: { sshKey: `${folder}/id.pub` } }],
        driver: "generic",
        driverOptions: { sshKey: `${folder}/none` },
        datacenter: "DC 1",
        image: `${folder}/none.tar`,
        colour: "red",
    });

    const address = "an IPv4 address that other machines reach, such as 192.168.99.102";
    expect(error).toHaveProperty(
        "message",
        refusal([
            'DOCKER_HOST: got "tcp://10.0.0.1:2376"; it sends every machine\'s provider to that ' +
                "engine. Run `unset DOCKER_HOST`, then this again.",
            `servers[0].address: got "127.0.0.2"; ${address}`,
            `servers[1].address: got "127.0.0.3"; ${address}`,
            'datacenter: got "DC 1"; lowercase letters, digits, dashes and underscores',
            'colour: got "red"; there is no such setting; there are ' +
                Object.keys(settingsSchema.shape).join(", "),
            `image: got "${folder}/none.tar"; there is no such file. Make it with ` +
                "`docker save -o FILE IMAGE:TAG`, or name an image to pull.",
            `sshKey: got "${folder}/id.pub"; it is not a private key; name the file without ".pub".`,
        ]),
    );
    expect(declared).toEqual([]);
});

test("what is encrypted in the stack file is in no message", async () => {
    const key = "consul-machines:machineKey";
    stubEnv("PULUMI_CONFIG_SECRET_KEYS", JSON.stringify([key]));
    const { readConfig } = await import("../../../../program/config.ts");
    const { result } = await declare(async () => {
        pulumi.runtime.setAllConfig({ [key]: "hunter2" }, [key]);
        return (await readConfig()).problems;
    });
    expect(result).toEqual([
        expect.stringMatching(/^machineKey: got a secret, which is not repeated here; there is no/),
    ]);
});

test("good settings pass, and are warned about what is allowed and unwise", async () => {
    const { declared, error } = await run({ servers: 2 });

    expect(error).toBeUndefined();
    expect(declared.filter(({ type }) => type.endsWith(":ConsulNode"))).toHaveLength(2);
    expect(vi.mocked(pulumi.log.warn).mock.calls.map(([text]) => text)).toEqual([
        "servers: 2 servers tolerate the failure of 0, the same as 1, and need one more for every " +
            "decision; an odd number is better.",
        "This cluster is open: no ACLs, no TLS between agents. Whoever reaches port 8500 of a " +
            "node can read and change everything in it; keep its network to yourself.",
    ]);
});

const unstated = { security: "", servers: 1 };
const madeBy010 = { uiUrl: "http://192.0.2.1:8500/ui/", nodes: {} };

test.each([
    ["a new stack", {}, true],
    ["one that is secured", { ...madeBy010, security: "full" }, true],
    ["one that was made open", { ...madeBy010, security: "open" }, false],
    ["one of a version that knew no other", madeBy010, false],
])("%s keeps the security that it has, where the settings say none", async (_, outputs, isFull) => {
    const { declared, error } = await run(unstated, "dev", outputs);

    expect(error).toBeUndefined();
    const names = declared.map(({ name }) => name);
    expect(names.includes("consul-access")).toBe(isFull);
    const warnings = vi.mocked(pulumi.log.warn).mock.calls.map(([text]) => text);
    expect(warnings.some((text) => text.startsWith("This cluster is open"))).toBe(!isFull);
});

test("a change to open is refused, with a way out", async () => {
    const outputs = { ...madeBy010, security: "full" };
    const { declared, error } = await run({ security: "open" }, "dev", outputs);

    expect(error).toBeInstanceOf(pulumi.RunError);
    const why =
        'got "open"; this cluster is secured, or on its way to that, and what was kept from';
    expect(error).toHaveProperty("message", expect.stringContaining(why));
    expect(error).toHaveProperty("message", expect.stringContaining("docs/restore.md"));
    expect(declared).toEqual([]);
});

test("a change to full secures the cluster, and says whom it shuts out", async () => {
    const outputs = { ...madeBy010, security: "open" };
    const { declared, error } = await run({ security: "full" }, "dev", outputs);

    expect(error).toBeUndefined();
    expect(declared.map(({ name }) => name)).toContain("consul-access");
    const warnings = vi.mocked(pulumi.log.warn).mock.calls.map(([text]) => text);
    expect(warnings).toEqual([
        expect.stringMatching(/^This cluster is open, and is secured by this/),
    ]);
});

test("progrium's image is warned about, and has no place for snapshots", async () => {
    const { declared, error } = await run({
        image: "progrium/consul:latest",
        imageFlavour: "progrium",
    });

    expect(error).toBeUndefined();
    expect(vi.mocked(pulumi.log.warn).mock.calls.map(([text]) => text)[0]).toMatch(
        /^imageFlavour: progrium's image is of 2015, with Consul 0\.5\.2\./,
    );
    const clearance = declared.find(({ name }) => name === "consul-server-1-agent-clearance");
    expect(JSON.parse(String(clearance?.inputs.stdin))).not.toHaveProperty("snapshots");
});

test("an archive is recognized as progrium's by the tag inside", async () => {
    const archive = join(await tempFolder(), "consul.tar");
    const tar = pack();
    const manifest = [{ Config: "blobs/sha256/0", RepoTags: ["progrium/consul:legacy"] }];
    tar.entry({ name: "manifest.json" }, JSON.stringify(manifest));
    tar.finalize();
    await pipeline(tar, createWriteStream(archive));

    const { error } = await run({ image: archive });

    expect(error).toHaveProperty(
        "message",
        refusal([
            `image: ${archive}: got "progrium/consul:legacy"; that image is started otherwise; set ` +
                '"imageFlavour" to "progrium" (docs/image.md), or take Consul\'s official one',
        ]),
    );
});

test("a stack whose machine store is elsewhere is refused with one line, and nothing is called foreign", async () => {
    const machineStore = join(await tempFolder(), "store");
    const nodes = Object.fromEntries(
        ["server-1", "server-2"].map((name) => [name, { role: "server", machine: `dev-${name}` }]),
    );
    const settings = {
        servers: [
            { name: "server-1", address: "192.0.2.11" },
            { name: "server-2", address: "192.0.2.12" },
        ],
        driver: "generic",
        machineStore,
    };
    const said = async (more: object) => {
        const { declared, error } = await run({ ...settings, ...more }, "dev", { nodes });
        expect(declared).toEqual([]);
        return property(error, "message");
    };
    const start =
        `machineStore: got "${machineStore}"; docker-machine's store with the certificates of this stack's ` +
        "machines (dev-server-1, dev-server-2) is not in this folder. Nothing is wrong with what runs there: " +
        "leave it running. ";
    expect(await said({})).toBe(
        refusal([
            `${start}The state does not keep it yet: the stack was brought up last by a version that left it on ` +
                "one computer. `pulumi up` with this one, in the folder where the store is, puts it into the state " +
                "without changing anything else; or copy the folder from there (docs/team.md).",
        ]),
    );
    expect(await said({ storeInState: false })).toBe(
        refusal([
            `${start}The setting storeInState keeps it out of the state: copy the folder from where the stack was ` +
                "brought up last (docs/team.md).",
        ]),
    );
});

test("a machine that does not answer is warned about, and not refused", async () => {
    const machineStore = join(await tempFolder(), "store");
    await putMachine(machineStore, "dev-server-2", 1, await certificates());
    const machine = new Store(machineStore).machine("dev-server-2");
    await machine.writeRecord({ owner: "consul-machines/dev", state: "made" });

    const { declared, error } = await run({ servers: 3, machineStore });

    expect(error).toBeUndefined();
    expect(declared.filter(({ type }) => type.endsWith(":ConsulNode"))).toHaveLength(3);
    expect(vi.mocked(pulumi.log.warn).mock.calls.map(([text]) => text)).toContainEqual(
        expect.stringMatching(
            /^server-2: its machine "dev-server-2" does not answer at tcp:\/\/127\.0\.0\.1:1 \(/,
        ),
    );
});
