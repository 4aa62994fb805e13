import { run } from "../../system/process.ts";
import type { HostPlan } from "../facts/hostPlan.ts";

/** Milliseconds in which `ssh` says what it would do. */
const timeoutMs = 2000;

/** What `ssh -G` prints: each setting with its values, in order. */
export type SshSettings = ReadonlyMap<string, readonly string[]>;

/**
 * What of the user's own `~/.ssh/config` may be why they get in to a host by hand and docker-machine does not, each with
 * the way out: docker-machine calls `ssh -F /dev/null`, and its own client reads no such file either.
 *
 * @param ssh path of the program.
 * @returns a sentence each; none where it says nothing of this host, or cannot be asked.
 */
export async function userConfigHints(ssh: string, plan: HostPlan): Promise<string[]> {
    const host = plan.reachedAt ?? plan.address;
    const [theirs, bare] = await Promise.all([
        askSettings(ssh, ["-G", host]),
        askSettings(ssh, ["-F", "none", "-G", host]),
    ]);
    return theirs === undefined || bare === undefined ? [] : hintsOf(plan, theirs, bare);
}

async function askSettings(
    ssh: string,
    words: readonly string[],
): Promise<SshSettings | undefined> {
    const { code, stdout } = await run(ssh, words, { timeoutMs });
    return code === 0 ? settingsIn(stdout) : undefined;
}

/** Reads what `ssh -G` prints. */
export function settingsIn(printed: string): SshSettings {
    const settings = new Map<string, string[]>();
    for (const line of printed.split("\n")) {
        const [, key = "", value = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
        settings.set(key, [...(settings.get(key) ?? []), value]);
    }
    return settings;
}

/**
 * What differs for a host by the user's configuration, and matters.
 *
 * @param bare what holds without any.
 */
export function hintsOf(plan: HostPlan, theirs: SshSettings, bare: SshSettings): string[] {
    const set = (key: string) => {
        const values = theirs.get(key) ?? [];
        const isSame = JSON.stringify(values) === JSON.stringify(bare.get(key) ?? []);
        return isSame || values[0] === "none" ? undefined : values[0];
    };
    const says = (what: string, way: string) =>
        `Your ~/.ssh/config has ${what} for it, which docker-machine does not read: ${way}.`;
    const [hostName, port, user] = [set("hostname"), set("port"), set("user")];
    const [key, agent] = [set("identityfile"), set("identityagent")];
    const jump = set("proxyjump");
    const through = jump ?? set("proxycommand");
    return [
        ...(through === undefined
            ? []
            : [
                  says(
                      `${jump === undefined ? "ProxyCommand" : "ProxyJump"} ${through}`,
                      noJump(plan),
                  ),
              ]),
        ...(hostName === undefined
            ? []
            : [says(`HostName ${hostName}`, `set the node's "reach" to "${hostName}"`)]),
        ...(port === undefined || port === String(plan.sshPort ?? 22)
            ? []
            : [says(`Port ${port}`, `set driverOptions.sshPort to ${port}`)]),
        ...(user === undefined || user === (plan.sshUser ?? "root")
            ? []
            : [says(`User ${user}`, `set driverOptions.sshUser to "${user}"`)]),
        ...(key === undefined || plan.sshKey !== undefined
            ? []
            : [
                  says(
                      `IdentityFile ${key}`,
                      `set driverOptions.sshKey to it ("~" means nothing there)`,
                  ),
              ]),
        ...(agent === undefined || agent === "SSH_AUTH_SOCK"
            ? []
            : [says(`IdentityAgent ${agent}`, `run \`export SSH_AUTH_SOCK=${agent}\``)]),
    ];
}

/** A way in for SSH alone would not be enough. */
function noJump({ enginePort = 2376, apiPort }: HostPlan): string {
    const also = [enginePort, ...(apiPort === undefined ? [] : [apiPort])].join(" and ");
    return (
        `nor would that be enough, for this computer has to reach its ports ${also}, too. Use a VPN (such as WireGuard, ` +
        'sshuttle, or a subnet router), with its address there as the node\'s "reach"; or run this on the jump host'
    );
}
