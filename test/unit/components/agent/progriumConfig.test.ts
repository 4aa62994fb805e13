import { expect, test } from "vitest";
import { ownedKeys } from "../../../../components/agent/ownedKeys.ts";
import {
    progriumConfigProblems,
    progriumKeys,
} from "../../../../components/agent/progriumConfig.ts";

const unknown = (key: string) =>
    `agentConfig.${key}: Consul 0.5.2 has no such key, and would not start with it`;

test("keys of that version are taken, in letters of either case", () => {
    const extra = Object.fromEntries(
        progriumKeys.filter((key) => key !== "disable_remote_exec").map((key) => [key, {}]),
    );
    expect(progriumConfigProblems({ ...extra, log_level: "WARN" })).toEqual([]);
    expect(progriumConfigProblems({ DNS_Config: { Only_Passing: true } })).toEqual([]);
});

test("keys that came later are refused by name, also inside of another", () => {
    expect(
        progriumConfigProblems({
            performance: { raft_multiplier: 1 },
            ui_config: { enabled: true },
            dns_config: { only_passing: true, enable_truncate: true, a_record_limit: 1 },
        }),
    ).toEqual([unknown("performance"), unknown("ui_config"), unknown("dns_config.a_record_limit")]);
});

test("what the components own stays theirs, and is said once", () => {
    expect(
        progriumConfigProblems({ ports: { dns: 5353 }, recursor: "8.8.4.4", ui_dir: "/other" }),
    ).toEqual([
        'agentConfig.ports: cannot be set here; use the setting "ports"',
        'agentConfig.recursor: cannot be set here; use the setting "recursors"',
        "agentConfig.ui_dir: cannot be set here; the image's own configuration says where its web " +
            "UI is",
    ]);
});

test("no key is both the operator's and ours", () => {
    expect(progriumKeys.filter((key) => Object.hasOwn(ownedKeys, key))).toEqual([]);
});

test("what would blind the gates, open the nodes or end the agent is refused", () => {
    expect(
        progriumConfigProblems({
            acl_default_policy: "deny",
            disable_remote_exec: false,
            log_level: "error",
        }),
    ).toEqual([
        'agentConfig.acl_default_policy: got "deny"; gates and clearances ask without a token, and ' +
            "would be answered with nothing",
        "agentConfig.disable_remote_exec: got false; whoever reaches port 8500 of a node could run " +
            "any command on all of them",
        'agentConfig.log_level: got "error"; Consul 0.5.2 calls it ERR',
    ]);
});
