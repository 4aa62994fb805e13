import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import { environmentProblems } from "../../../../program/preflight/preflight.ts";
import { sshKeyProblems, withoutSshProblems } from "../../../../program/preflight/sshKeys.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

test("each variable that would divert a provider is named with what it does and the way out", () => {
    expect(
        environmentProblems({
            DOCKER_HOST: "tcp://10.0.0.1:2376",
            DOCKER_CERT_PATH: "/certs",
            DOCKER_CONTEXT: "other",
            DOCKER_API_VERSION: "1.24",
            DOCKER_MACHINE_NAME: "harmless",
            DOCKER_TLS_VERIFY: "1",
        }),
    ).toEqual([
        'DOCKER_HOST: got "tcp://10.0.0.1:2376"; it sends every machine\'s provider to that ' +
            "engine. Run `unset DOCKER_HOST`, then this again.",
        'DOCKER_CERT_PATH: got "/certs"; it gives every machine\'s provider certificates of ' +
            "another engine. Run `unset DOCKER_CERT_PATH`, then this again.",
        "DOCKER_CONTEXT: got \"other\"; it sends every machine's provider to that context's " +
            "engine. Run `unset DOCKER_CONTEXT`, then this again.",
        "DOCKER_API_VERSION: got \"1.24\"; it holds every machine's provider to that version of Docker's API, which an " +
            "engine may no longer know. Run `unset DOCKER_API_VERSION`, then this again.",
    ]);
});

test("variables that are empty or not there divert nothing", () => {
    expect(environmentProblems({ DOCKER_HOST: "", PATH: "/bin" })).toEqual([]);
});

/** A generic host that is logged in to with this key. */
function host(sshKey?: string): NodeArgs {
    return { name: "a", machine: { driver: "generic", address: "192.0.2.1", sshKey } };
}

const privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----\n";

test("a private key is fine, and no key at all is, too", async () => {
    const key = join(await tempFolder(), "id_ops");
    await writeFile(key, privateKey);
    expect(await sshKeyProblems([host(key), host()])).toEqual([]);
});

test("other machines have no key to check", async () => {
    const nodes: NodeArgs[] = [
        { name: "a", machine: { driver: "lab", address: "10.1.2.3" } },
        { name: "b", machine: { driver: "virtualbox" } },
        { name: "c", machine: { driver: "x", options: { sshKey: "/nowhere" } } },
    ];
    expect(await sshKeyProblems(nodes)).toEqual([]);
});

test("a key that is not there is reported once, however many nodes name it", async () => {
    expect(await sshKeyProblems([host("/nowhere/id"), host("/nowhere/id")])).toEqual([
        'sshKey: got "/nowhere/id"; there is no such file, or it cannot be read. Make one with ' +
            "`ssh-keygen`.",
    ]);
});

test("a public key is refused", async () => {
    const key = join(await tempFolder(), "id_ops.pub");
    await writeFile(key, "ssh-ed25519 AAAA ops\n");
    expect(await sshKeyProblems([host(key)])).toEqual([
        `sshKey: got "${key}"; it is not a private key; name the file without ".pub".`,
    ]);
});

test("a key of PuTTY's is refused with what converts it", async () => {
    const key = join(await tempFolder(), "ops.ppk");
    await writeFile(key, "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n");
    expect(await sshKeyProblems([host(key)])).toEqual([
        `sshKey: got "${key}"; it is a key of PuTTY's. Convert it: ` +
            `\`puttygen ${key} -O private-openssh -o id_key\`.`,
    ]);
});

test.each(["ca.pem", "cert.pem", "key.pem", "server.pem", "server-key.pem", "config.json"])(
    "a key of the name %s would be overwritten by docker-machine",
    async (name) => {
        const key = join(await tempFolder(), name);
        await writeFile(key, privateKey);
        expect(await sshKeyProblems([host(key)])).toEqual([
            `sshKey: got "${key}"; docker-machine copies the key under its own name and then ` +
                "writes a TLS file of that name over it. Give the key file another name.",
        ]);
    },
);

test("without ssh docker-machine has no agent: a key with a passphrase, and no key at all, are refused", async () => {
    const folder = await tempFolder();
    const [open, locked] = [join(folder, "open"), join(folder, "locked")];
    await writeFile(open, privateKey.replace("OPENSSH", "RSA"));
    await writeFile(locked, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
    const hosts = [{ name: "a", sshKey: open }, { name: "b", sshKey: locked }, { name: "c" }];
    expect(await withoutSshProblems(hosts)).toEqual([
        `b: this computer has no \`ssh\`, without which docker-machine uses no SSH agent, and the key ${locked} has a ` +
            `passphrase. Install OpenSSH's client, then \`ssh-add ${locked}\`.`,
        "c: this computer has no `ssh`, without which docker-machine uses no SSH agent. Install OpenSSH's client, or name " +
            "a key file in driverOptions.sshKey.",
    ]);
});
