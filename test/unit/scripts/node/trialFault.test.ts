import { describe, expect, test } from "vitest";
import { describeFault, reasonsIn } from "../../../../scripts/node/trialFault.ts";

/** The line for the operator of a reason that Consul gives for this configuration. */
function lineOf(config: object, reason: string, more: object = {}): string {
    const sources = [{ path: "agentConfig", config }];
    return describeFault({ nodeName: "server-1", config, sources, ...more }, reason);
}

describe("a fault is told with node, key, value, reason and way out", () => {
    test.each([
        {
            config: { log_file: "/var/log/consul/" },
            reason: "Failed to setup logging: open /var/log/consul/consul.log: no such file or directory",
            said: 'server-1: agentConfig.log_file: got "/var/log/consul/"; its agent would not start: Failed to setup logging',
            way: "inside of the agent's container, where this one is not",
        },
        {
            config: { pid_file: "/run/consul/consul.pid" },
            reason: "Could not open pid file: open /run/consul/consul.pid: no such file or directory",
            said: 'server-1: agentConfig.pid_file: got "/run/consul/consul.pid"; its agent would not start: Could not open',
            way: "Leave it out: in a container it tells nothing",
        },
        {
            config: { enable_syslog: true },
            reason: "Syslog setup did not succeed within timeout (1m0s).",
            said: "server-1: agentConfig.enable_syslog: got true; its agent would not start: Syslog setup",
            way: "There is no syslog in the agent's container",
        },
        {
            config: { log_rotate_file_count: 7 },
            reason: "invalid config key log_rotate_file_count",
            said: "server-1: agentConfig.log_rotate_file_count: got 7; its agent would not start: invalid config key",
            way: "The image's Consul has no such key: leave it out",
        },
        {
            config: { dns_config: { only_passing: true, wrong: 1 } },
            reason: 'invalid config key "dns_config.wrong"',
            said: "server-1: agentConfig.dns_config.wrong: got 1; its agent would not start",
            way: "The image's Consul has no such key",
        },
        {
            config: { tls: { defaults: { ca_file: "/etc/consul.d/ca.pem" } } },
            reason: "Error loading from CAFile: open /etc/consul.d/ca.pem: no such file or directory",
            said: 'server-1: agentConfig.tls.defaults.ca_file: got "/etc/consul.d/ca.pem"; its agent would not start',
            way: 'bring the file with the setting "files"',
        },
        {
            config: { tls: { defaults: { cert_file: "/a.pem", key_file: "/b.pem" } } },
            reason: "Failed to load cert/key pair: tls: private key does not match public key",
            said: "server-1: agentConfig.tls.defaults.cert_file, agentConfig.tls.defaults.key_file: its agent would not start",
            way: 'bring the file with the setting "files"',
        },
        {
            config: { autopilot: { max_trailing_logs: -1 }, limits: { rpc_rate: 1 } },
            reason: "autopilot.max_trailing_logs cannot be -1. Must be greater than or equal to zero",
            said: "server-1: agentConfig.autopilot.max_trailing_logs: got -1; its agent would not start",
            way: "docs/agents.md",
        },
        {
            config: { telemetry: { dogstatsd_addr: "x" } },
            reason: "something that names nothing",
            said: "server-1: its agent would not start with this configuration: something that names nothing.",
            way: "docs/agents.md",
        },
    ])("$reason", ({ config, reason, said, way }) => {
        const line = lineOf(config, reason);
        expect(line).toContain(said);
        expect(line).toContain(way);
    });
});

test("a key is named by the part of the settings that has it last, as it is spelled in Consul's words", () => {
    const config = { log_file: "/x/y", pid_file: "/p/q" };
    const sources = [
        { path: "agentConfig", config: { log_file: "/a/b" } },
        { path: "servers[0].agentConfig", config: { Log_File: "/x/y" } },
    ];
    const line = lineOf(config, "open /x/y: permission denied", { sources });
    expect(line).toContain('server-1: servers[0].agentConfig.log_file: got "/x/y";');
});

test("of a configuration with secrets in it no value is repeated", () => {
    const config = { encrypt: "c2VjcmV0", log_file: "/x/y" };
    const line = lineOf(config, 'encrypt has invalid key "c2VjcmV0": /x/y', { hasSecrets: true });
    expect(line).toContain("agentConfig.encrypt, agentConfig.log_file: its agent would not start");
    expect(line).toContain('encrypt has invalid key "[secret]": /x/y');
    expect(line).not.toContain("c2VjcmV0");
});

test.each([
    [
        "of a list each entry",
        [
            "Config validation failed: failed to parse /consul-machines/agent.json: 2 errors occurred:",
            "\t* invalid config key a",
            "\t* invalid config key b",
        ],
        ["invalid config key a", "invalid config key b"],
    ],
    [
        "of a sentence what it says",
        ["Config validation failed: data_dir cannot be empty"],
        ["data_dir cannot be empty"],
    ],
    [
        "of an agent its own line before its log",
        ["==> Failed to setup logging: open /x: no such file or directory"],
        ["Failed to setup logging: open /x: no such file or directory"],
    ],
    [
        "of its log the line of its end",
        [
            "==> Starting Consul agent...",
            "==> Log data will now stream in as it occurs:",
            '2026-01-01T00:00:00.000Z [ERROR] agent: Error starting agent: error="Could not open pid file: x"',
            "2026-01-01T00:00:00.000Z [INFO]  agent: Exit code: code=1",
        ],
        ["Could not open pid file: x"],
    ],
    [
        "of a log in JSON as well",
        [
            '{"@level":"error","@message":"Error starting agent","error":"Could not open pid file: x"}',
        ],
        ["Could not open pid file: x"],
    ],
    ["of anything else its end", ["a", "b", "c", "d"], ["b / c / d"]],
])("%s is a reason", (_, lines, reasons) => {
    expect(reasonsIn(lines)).toEqual(reasons);
});
