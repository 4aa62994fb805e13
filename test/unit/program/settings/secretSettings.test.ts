import { describe, expect, test } from "vitest";
import {
    secretSettingProblems,
    withoutSecrets,
} from "../../../../program/settings/plainSecrets.ts";
import { readSettings } from "../../../../program/settings/settings.ts";

const context = { project: "consul-machines", stack: "dev" };

/** What is wrong with these settings, of which those named first are encrypted in the stack file. */
const read = (keys: readonly string[], config: Readonly<Record<string, unknown>>) => {
    const texts = Object.entries({ security: "open", ...config }).map(([key, value]) => {
        return [key, typeof value === "string" ? value : JSON.stringify(value)];
    });
    const secretKeys = new Set(keys);
    return readSettings(Object.fromEntries(texts) as Record<string, string>, {
        ...context,
        secretKeys,
    });
};

describe("a secret that is encrypted in the stack file is taken", () => {
    const token = "8f246b77-f3e1-ff88-5b48-8ec93abf3e05";
    const files = { "/consul-machines/files/key": { content: "-----BEGIN PRIVATE KEY-----" } };
    const services = [{ name: "web", meta: { apiToken: token } }];

    test.each([
        ["agentConfig", { acl: { tokens: { agent: token } } }],
        ["environment", { CONSUL_LICENSE: "02MV4UU43BK5HGYTOJZW", PASSWORD: "hunter2" }],
        ["files", files],
        ["serverFiles", files],
        ["clientFiles", files],
        ["servers", [{ name: "server-1", services, files }]],
        ["clients", [{ name: "client-1", services, files }]],
    ])("%s", (key, value) => {
        expect(read([key], { [key]: value }).problems).toEqual([]);
        expect(read([], { [key]: value }).problems.length).toBeGreaterThan(0);
    });
});

test("a gossip key that is encrypted is taken, in a secured cluster", () => {
    const gossipKey = Buffer.alloc(24, 7).toString("base64");
    const { settings, problems } = read(["gossipKey"], { security: "full", gossipKey });
    expect(problems).toEqual([]);
    expect(settings?.gossipKey).toBe(gossipKey);
    expect(read([], {}).sound.gossipKey).toBeUndefined();
});

test("a gossip key is that of the cluster which is joined", () => {
    const gossipKey = Buffer.alloc(24, 7).toString("base64");
    const joining = { security: "full", joinStack: "other", servers: 0, clients: 1, gossipKey };
    expect(read(["gossipKey"], joining).problems).toEqual([
        "gossipKey: got a secret, which is not repeated here; the gossip key is that of the cluster which is joined; bring it " +
            "in its stack, and leave this out",
    ]);
});

test.each([
    [
        "driverOptions",
        {},
        "docker-machine takes options as arguments, which everybody on this computer sees. Give the driver",
    ],
    ["labels", { a: "b" }, "labels are shown by `docker inspect`. Leave it out"],
    [
        "datacenter",
        "dc1",
        "it is part of names, arguments and messages, and would be shown there. Set it without --secret",
    ],
    [
        "snapshots",
        "folder",
        "it is part of names, arguments and messages, and would be shown there. Set it without --secret",
    ],
])("%s cannot be a secret, and is not taken for one", (key, value, reason) => {
    const { problems } = read([key], { [key]: value });
    expect(problems).toEqual([
        expect.stringContaining(`${key}: is set as a secret, and cannot be one: ${reason}`),
    ]);
});

test("numbers of rotations are under names of secrets, and are none", () => {
    expect(secretSettingProblems({ rotate: { tokens: 2 } }, new Set())).toEqual([]);
});

test("flags and paths under names of secrets are none", () => {
    const acl = { enable_token_persistence: true, token_ttl: "30s", tokens: {} };
    const agentConfig = {
        acl,
        auto_config: { intro_token_file: "/consul/token" },
        rejoin_after_leave: true,
    };
    expect(secretSettingProblems({ agentConfig }, new Set())).toEqual([]);
});

describe("no message repeats what is encrypted", () => {
    test("a rule that shows its value", () => {
        const agentConfig = {
            log_level: "hunter2",
            acl: { enabled: true, default_policy: "deny" },
        };
        const { problems } = read(["agentConfig"], { agentConfig });
        expect(problems.join("\n")).toContain(
            'agentConfig.log_level: got "(secret)"; expected one of',
        );
        expect(problems.join("\n")).not.toContain("hunter2");
    });

    test("nor one of a check elsewhere, in whatever form it is there", () => {
        const config = {
            environment: { A: 'say "friend"', B: "friend of all", C: "a" },
            labels: { x: "friend" },
        };
        const said = ['got "say \\"friend\\"" and a say "friend"', "friend of all, friend"];
        expect(withoutSecrets(said, config, new Set(["environment"]))).toEqual([
            'got "(secret)" and a (secret)',
            "(secret), friend",
        ]);
        expect(withoutSecrets(said, config, new Set())).toEqual(said);
    });

    test("names and addresses of nodes are shown: they are in the names of everything", () => {
        const servers = [
            { name: "server-1", address: "10.0.0.11", services: [{ name: "web-service" }] },
        ];
        const line = "server-1 at 10.0.0.11 has hunter2";
        expect(withoutSecrets([line], { servers }, new Set(["servers"]))).toEqual([line]);
    });
});
