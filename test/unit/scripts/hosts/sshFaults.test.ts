import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { describeFinding } from "../../../../scripts/hosts/judge.ts";
import { keyKind, type KeyKind } from "../../../../scripts/hosts/ssh/keyFile.ts";
import { mayPass, sessionFinding } from "../../../../scripts/hosts/ssh/sshFailure.ts";
import type { HostPlan } from "../../../../scripts/hosts/facts/hostPlan.ts";
import { soundPlan } from "../../../support/soundHost.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** A session that fails, and what its operator is told. */
interface Failed {
    readonly what: string;
    readonly stderr?: string;
    readonly stdout?: string;
    readonly code?: number;
    readonly key?: KeyKind;
    readonly plan?: Partial<HostPlan>;
    readonly seen: string;
    readonly advice: string;
    /** Whether it is asked again while it may be starting. */
    readonly passes?: boolean;
}

const failures: readonly Failed[] = [
    {
        what: "a bad key",
        stderr: "deploy@10.0.0.11: Permission denied (publickey).",
        plan: { sshKey: "keys/id_deploy" },
        key: "open",
        seen: 'Permission denied (publickey) for the user "deploy"',
        advice: "The key keys/id_deploy is not accepted: its public part has to be a line of ~deploy/.ssh/authorized_keys",
    },
    {
        what: "a wrong user",
        stderr: "nobody@10.0.0.11: Permission denied (publickey,password).",
        plan: { sshUser: "nobody" },
        seen: 'Permission denied (publickey,password) for the user "nobody"',
        advice: "A user that does not exist is turned away the same way: see driverOptions.sshUser",
    },
    {
        what: "no key at all",
        stderr: "deploy@10.0.0.11: Permission denied (publickey).",
        seen: "Permission denied (publickey)",
        advice: "No key of the SSH agent, nor a usual one of ~/.ssh, is accepted. Name one in driverOptions.sshKey",
    },
    {
        what: "a passphrase",
        stderr: "deploy@10.0.0.11: Permission denied (publickey).",
        plan: { sshKey: "keys/id_deploy" },
        key: "passphrase",
        seen: "Permission denied (publickey)",
        advice: "The key keys/id_deploy has a passphrase, which nobody is asked for here: give it to the SSH agent (`ssh-add keys/id_deploy`)",
    },
    {
        what: "a server that takes no keys",
        stderr: "deploy@10.0.0.11: Permission denied (password,keyboard-interactive).",
        seen: "Permission denied (password,keyboard-interactive)",
        advice: "set `PubkeyAuthentication yes`",
    },
    {
        what: "an agent with many keys",
        stderr:
            "Received disconnect from 10.0.0.11 port 22:2: Too many authentication failures\n" +
            "Disconnected from 10.0.0.11 port 22",
        seen: "Too many authentication failures",
        advice: "Name the one key in driverOptions.sshKey",
    },
    {
        what: "a key that cannot be read",
        stderr: 'Load key "keys/id_deploy": error in libcrypto\ndeploy@10.0.0.11: Permission denied (publickey).',
        plan: { sshKey: "keys/id_deploy" },
        seen: "the key keys/id_deploy cannot be read",
        advice: "`ssh-keygen -y -f FILE`",
    },
    {
        what: "a closed port",
        stderr: "ssh: connect to host 10.0.0.11 port 2222: Connection refused",
        plan: { sshPort: 2222 },
        seen: "port 2222 refuses: Connection refused",
        advice: "name the server's port in driverOptions.sshPort; it is 2222 now",
        passes: true,
    },
    {
        what: "a port that swallows packets",
        stderr: "ssh: connect to host 10.0.0.11 port 22: Connection timed out",
        seen: "port 22 does not answer: Connection timed out",
        advice: "no firewall keeps this computer from port 22",
    },
    {
        what: "a server that says nothing",
        stderr: "Connection timed out during banner exchange\nConnection to 10.0.0.11 port 22 timed out",
        seen: "port 22 takes connections and then says nothing",
        advice: "`sudo ss -lntp 'sport = :22'`",
    },
    {
        what: "nobody at the address",
        stderr: "ssh: connect to host 10.0.0.11 port 22: No route to host",
        seen: "it is not reached: No route to host",
        advice: "Check that the host runs",
        passes: true,
    },
    {
        what: "a name that means nothing",
        stderr: "ssh: Could not resolve hostname db.example: Name or service not known",
        seen: "Could not resolve hostname db.example",
        advice: "Name an address that this computer resolves",
    },
    {
        what: "a server that turns everybody away",
        stderr: "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.11 port 22",
        seen: "its SSH server ended the connection before any login",
        advice: "an allow list, fail2ban or MaxStartups does that",
        passes: true,
    },
    {
        what: "another server",
        stderr: "kex_exchange_identification: banner line contains invalid characters",
        seen: "what listens on port 22 is no SSH server",
        advice: "Name the port of its SSH server in driverOptions.sshPort",
    },
    {
        what: "an old server",
        stderr: "Unable to negotiate with 10.0.0.11 port 22: no matching host key type found. Their offer: ssh-dss",
        seen: "share no algorithm: no matching host key type found. Their offer: ssh-dss",
        advice: "Update its SSH server, or use a key of type ed25519",
    },
    {
        what: "root on a cloud's image",
        code: 142,
        stdout: 'Please login as the user "ubuntu" rather than the user "root".',
        plan: { sshUser: "root" },
        seen: 'it lets the user "root" run nothing: Please login as the user "ubuntu"',
        advice: 'Set driverOptions.sshUser to "ubuntu".',
    },
    {
        what: "an expired password",
        code: 1,
        stderr: "WARNING: Your password has expired.\nPassword change required but no TTY available.",
        seen: 'the user "deploy" may not log in: WARNING: Your password has expired',
        advice: "`sudo chage -M -1 deploy`",
    },
    {
        what: "a user without a shell",
        code: 1,
        stdout: "This account is currently not available.",
        seen: 'the user "deploy" has no shell',
        advice: "Name a user with a shell",
    },
    {
        what: "a shell that is none",
        code: 1,
        stdout: "Unknown command: sh",
        seen: 'the login of "deploy" runs no commands: Unknown command: sh',
        advice: "a POSIX shell",
    },
    {
        what: "a login that does not end",
        code: 124,
        seen: "the login did not end within the time of a look",
        advice: "`ssh -F none -p 22 deploy@10.0.0.11 true`",
    },
    {
        what: "whatever else",
        stderr: "ssh: something new",
        seen: "ssh: ssh: something new",
        advice: "Check that the host runs",
    },
];

describe("a session that fails", () => {
    test.each(failures)("by $what", (failed) => {
        stubEnv("SSH_AUTH_SOCK", "/run/agent");
        const { code = 255, stdout = "", stderr = "", key, passes = false } = failed;
        const plan = { ...soundPlan, ...failed.plan };
        const session = { code, stdout, stderr, key };
        const finding = sessionFinding(plan, session);
        expect(finding.kind).toBe("refused");
        expect(finding.seen).toContain(failed.seen);
        expect(finding.advice).toContain(failed.advice);
        const title = `server-1 (${plan.sshUser ?? ""}@10.0.0.11:${plan.sshPort ?? 22}): `;
        expect(describeFinding(plan, finding).startsWith(title + finding.seen)).toBe(true);
        expect(mayPass(session)).toBe(passes);
    });
});

test("a passphrase, where there is no agent: one is started first", () => {
    stubEnv("SSH_AUTH_SOCK", "");
    const session = {
        code: 255,
        stdout: "",
        stderr: "Permission denied (publickey).",
        key: "passphrase",
    } as const;
    expect(sessionFinding({ ...soundPlan, sshKey: "keys/id" }, session).advice).toContain(
        '(`eval "$(ssh-agent -s)" && ssh-add keys/id`)',
    );
});

describe("a key file", () => {
    test.each([
        ["open", ""],
        ["passphrase", "secret"],
    ])("of OpenSSH's own format is %s", async (kind, passphrase) => {
        const file = join(await tempFolder(), "key");
        const words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", "", "-f", file];
        await promisify(execFile)("ssh-keygen", words);
        expect(keyKind(await readFile(file, "latin1"))).toBe(kind);
        expect(keyKind(await readFile(`${file}.pub`, "latin1"))).toBe("public");
    });

    const pair = (passphrase?: string) =>
        generateKeyPairSync("ec", {
            namedCurve: "P-256",
            publicKeyEncoding: { type: "spki", format: "pem" },
            privateKeyEncoding: {
                type: "pkcs8",
                format: "pem",
                ...(passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase }),
            },
        }).privateKey;

    test.each([
        ["open", pair()],
        ["passphrase", pair("secret")],
        [
            "passphrase",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAA==\n",
        ],
        ["passphrase", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"],
        ["putty", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n"],
        ["other", "a note"],
    ])("is %s", (kind, text) => {
        expect(keyKind(text)).toBe(kind);
    });
});
