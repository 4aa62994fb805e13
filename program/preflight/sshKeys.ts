import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import { isKnownHost } from "../../components/machine/machineArgs.ts";
import type { HostPlan } from "../../scripts/hosts/facts/hostPlan.ts";
import { keyKind } from "../../scripts/hosts/ssh/keyFile.ts";
import type { DeclaredMachine } from "./stackMachines.ts";

/** Files of docker-machine's own in a machine's folder, where it copies the key to. */
const overwritten = /^((ca|cert|key|server|server-key)\.pem|config\.json)$/;

/** What is wrong with the SSH keys that the settings name, each key once. */
export async function sshKeyProblems(
    declared: readonly Pick<DeclaredMachine, "machine">[],
): Promise<string[]> {
    const keys = new Set(
        declared.flatMap(({ machine }) =>
            !isLab(machine) && isKnownHost(machine) && machine.sshKey !== undefined
                ? [machine.sshKey]
                : [],
        ),
    );
    const found = await Promise.all([...keys].map(sshKeyProblem));
    return found.filter((problem) => problem !== undefined);
}

/** What is wrong with one of them. */
export async function sshKeyProblem(key: string): Promise<string | undefined> {
    const said = `sshKey: got "${key}"; `;
    if (overwritten.test(basename(key))) {
        return (
            `${said}docker-machine copies the key under its own name and then writes a TLS file ` +
            "of that name over it. Give the key file another name."
        );
    }
    try {
        const text = await readFile(key, "utf8");
        if (text.startsWith("PuTTY-User-Key-File")) {
            return `${said}it is a key of PuTTY's. Convert it: \`puttygen ${key} -O private-openssh -o id_key\`.`;
        }
        return text.includes("PRIVATE KEY")
            ? undefined
            : `${said}it is not a private key; name the file without ".pub".`;
    } catch {
        return `${said}there is no such file, or it cannot be read. Make one with \`ssh-keygen\`.`;
    }
}

/**
 * Why docker-machine does not get in from a computer that has no `ssh`, a line for each host: its own client knows no SSH
 * agent, and so no key with a passphrase.
 */
export async function withoutSshProblems(
    hosts: readonly Pick<HostPlan, "name" | "sshKey">[],
): Promise<string[]> {
    const install = "Install OpenSSH's client";
    const found = hosts.map(async ({ name, sshKey }) => {
        const without = `${name}: this computer has no \`ssh\`, without which docker-machine uses no SSH agent`;
        if (sshKey === undefined) {
            return `${without}. ${install}, or name a key file in driverOptions.sshKey.`;
        }
        const text = await readFile(sshKey, "latin1").catch(() => "");
        return keyKind(text) === "passphrase"
            ? `${without}, and the key ${sshKey} has a passphrase. ${install}, then \`ssh-add ${sshKey}\`.`
            : undefined;
    });
    return (await Promise.all(found)).filter((problem) => problem !== undefined);
}
