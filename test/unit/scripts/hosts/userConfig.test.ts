import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hintsOf, settingsIn, userConfigHints } from "../../../../scripts/hosts/ssh/userConfig.ts";
import type { HostPlan } from "../../../../scripts/hosts/facts/hostPlan.ts";
import { soundPlan } from "../../../support/soundHost.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** What `ssh -G` prints without any configuration, as far as it matters. */
const bare = [
    "host 10.0.0.11",
    "user me",
    "hostname 10.0.0.11",
    "port 22",
    "identityfile ~/.ssh/id_rsa",
    "identityfile ~/.ssh/id_ed25519",
].join("\n");

/** The hints where these lines are printed in place of those of their names, or besides. */
function hints(lines: readonly string[], plan: Partial<HostPlan> = {}): string[] {
    const names = new Set(lines.map((line) => line.split(" ")[0]));
    const kept = bare.split("\n").filter((line) => !names.has(line.split(" ")[0] ?? ""));
    const theirs = settingsIn([...kept, ...lines].join("\n"));
    const whole = { ...soundPlan, sshUser: undefined, sshKey: undefined, ...plan };
    return hintsOf(whole, theirs, settingsIn(bare));
}

test("a configuration that says nothing of a host is no reason for anything", () => {
    expect(hints([])).toEqual([]);
    expect(hints(["proxyjump none", "proxycommand none"])).toEqual([]);
});

test.each(["proxyjump ops@bastion", "proxycommand nc %h %p"])(
    "with %s the ports that SSH does not lead to are named, and ways that do",
    (line) => {
        const [hint = ""] = hints([line], {
            apiPort: 8501,
        });
        expect(hint).toContain("which docker-machine does not read");
        expect(hint).toContain("has to reach its ports 2376 and 8501, too. Use a VPN");
        expect(hint).toContain(line.replace(/^\w+ /, ""));
    },
);

test.each<{ line: string; way: string; plan: Partial<HostPlan> }>([
    {
        line: "hostname 203.0.113.5",
        way: 'HostName 203.0.113.5 for it, which docker-machine does not read: set the node\'s "reach" to "203.0.113.5".',
        plan: { reachedAt: "203.0.113.5" },
    },
    { line: "port 2222", way: "set driverOptions.sshPort to 2222.", plan: { sshPort: 2222 } },
    { line: "user ops", way: 'set driverOptions.sshUser to "ops".', plan: { sshUser: "ops" } },
    {
        line: "identityfile ~/keys/id_ops",
        way: 'IdentityFile ~/keys/id_ops for it, which docker-machine does not read: set driverOptions.sshKey to it ("~" means nothing there).',
        plan: { sshKey: "/home/me/keys/id_ops" },
    },
])("$line is said with the setting that does the same", ({ line, way, plan }) => {
    const [hint = "", ...more] = hints([line]);
    expect(hint).toContain(way);
    expect(more).toEqual([]);
    // A host name is looked up no further.
    expect(line.startsWith("hostname") ? [] : hints([line], plan)).toEqual([]);
});

test("an agent of its own is said with the variable that docker-machine's ssh reads", () => {
    expect(hints(["identityagent /run/agent"])).toEqual([
        "Your ~/.ssh/config has IdentityAgent /run/agent for it, which docker-machine does not read: run `export " +
            "SSH_AUTH_SOCK=/run/agent`.",
    ]);
});

test("ssh is asked for the host where it is reached, with the user's configuration and without", async () => {
    const ssh = join(await tempFolder(), "ssh");
    const script =
        'case "$1 $2" in "-G db.example.com") echo "port 2222";; *) echo "port 22";; esac';
    await writeFile(ssh, `#!/bin/sh\n${script}\n`);
    await chmod(ssh, 0o755);
    const reached = { ...soundPlan, sshPort: undefined, reachedAt: "db.example.com" };
    expect(await userConfigHints(ssh, reached)).toEqual([
        "Your ~/.ssh/config has Port 2222 for it, which docker-machine does not read: set driverOptions.sshPort to 2222.",
    ]);
    expect(await userConfigHints(ssh, soundPlan)).toEqual([]);
    expect(await userConfigHints("/nowhere/ssh", reached)).toEqual([]);
});
