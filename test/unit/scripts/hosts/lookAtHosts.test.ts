import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { HostPlan } from "../../../../scripts/hosts/facts/hostPlan.ts";
import { describeFinding } from "../../../../scripts/hosts/judge.ts";
import { findSsh, lookAtHosts, type HostReport } from "../../../../scripts/hosts/lookAtHosts.ts";
import { sshWords } from "../../../../scripts/hosts/ssh/sshSession.ts";
import { printedWith, soundPlan } from "../../../support/soundHost.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** A program called ssh that does this; its words are in `$@`, the look's script in its standard input. */
async function fakeSsh(script: string): Promise<string> {
    const folder = await tempFolder();
    await writeFile(join(folder, "ssh"), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, "ssh"), 0o755);
    stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
    return (await findSsh()) ?? "";
}

const lines = (reports: readonly HostReport[]) =>
    reports.flatMap(({ plan, findings }) => findings.map((one) => describeFinding(plan, one)));

const plan = (name: string, over: Partial<HostPlan> = {}): HostPlan => ({
    ...soundPlan,
    name,
    machineName: `dev-${name}`,
    address: "127.0.0.1",
    enginePort: 1,
    ...over,
});

test("`ssh` is called as docker-machine calls it, asks nobody, and reads no file of the user's", () => {
    const words = sshWords(plan("server-1", { sshPort: 2222, reachedAt: "192.0.2.1" }), "/k", 8);
    expect(words.join(" ")).toBe(
        "-F none -T -o BatchMode=yes -o ConnectionAttempts=1 -o ConnectTimeout=8 -o ControlMaster=no " +
            "-o ControlPath=none -o LogLevel=ERROR -o PasswordAuthentication=no -o ServerAliveInterval=60 " +
            "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -i /k " +
            "-p 2222 deploy@192.0.2.1 sh",
    );
    // Without a key, all that the agent has.
    expect(sshWords(plan("server-1"), undefined, 8)).not.toContain("IdentitiesOnly=yes");
});

test("the script is run on each host, and its facts are judged", async () => {
    // Every host is this computer.
    const ssh = await fakeSsh("exec sh");
    const reports = await lookAtHosts([plan("server-1"), plan("server-2")], ssh);
    expect(reports.map(({ facts }) => facts?.isComplete)).toEqual([true, true]);
    // Their addresses are one, so each is told of the other.
    expect(lines(reports)).toEqual(
        expect.arrayContaining([
            "server-1 (deploy@127.0.0.1:22): it also has 127.0.0.1, the address of server-2. Each node " +
                "needs a host of its own; several on one are declared with oneMachine.",
        ]),
    );
});

test("all hosts are asked at once, and one that lets nobody in hides no other", async () => {
    const folder = await tempFolder();
    const clock = ["clock", String(Math.floor(Date.now() / 1000))] as const;
    await writeFile(
        join(folder, "b"),
        printedWith({ [clock[0]]: clock[1], address: "127.0.0.2\teth0", hostname: "shop" }),
    );
    // Each waits for the other to begin: one after another they would not end.
    const ssh = await fakeSsh(`
        case "$*" in *127.0.0.2*) mine=b other=a ;; *) mine=a other=b ;; esac
        : >"${folder}/began-$mine"
        while [ ! -e "${folder}/began-$other" ]; do sleep 0.05; done
        [ $mine = b ] && exec cat "${folder}/b"
        echo "deploy@127.0.0.1: Permission denied (publickey)." >&2
        exit 255`);
    const reports = await lookAtHosts(
        [plan("a", { sshKey: "no-such-key" }), plan("b", { address: "127.0.0.2" })],
        ssh,
        { timeoutMs: 8000 },
    );
    expect(lines(reports)).toEqual([
        'a (deploy@127.0.0.1:22): Permission denied (publickey) for the user "deploy". The key no-such-key is not ' +
            "accepted: its public part has to be a line of ~deploy/.ssh/authorized_keys there (`ssh-copy-id`). A " +
            "user that does not exist is turned away the same way: see driverOptions.sshUser.",
        'b (deploy@127.0.0.2:22): its host name is "shop"; it is renamed to "dev-b".',
    ]);
});

test("a key that others can read is given to `ssh` as a copy that they cannot, as docker-machine does", async () => {
    const folder = await tempFolder();
    const key = join(folder, "id_deploy");
    await writeFile(key, "-----BEGIN PRIVATE KEY-----\n");
    await chmod(key, 0o644);
    const ssh = await fakeSsh(`
        while [ "$1" != -i ]; do shift; done
        stat -c '%a %n' "$2" >"${folder}/seen"; cmp -s "$2" "${key}" && echo same >>"${folder}/seen"
        echo "deploy@127.0.0.1: Permission denied (publickey)." >&2; exit 255`);
    await lookAtHosts([plan("server-1", { sshKey: key })], ssh);
    const [copy = "", same] = (await readFile(join(folder, "seen"), "utf8")).split("\n");
    expect(copy).toMatch(/^600 .+\/id_deploy$/);
    expect(copy).not.toContain(key);
    expect(same).toBe("same");
    await expect(stat(copy.slice(4))).rejects.toThrow("ENOENT");
});

test("a host that has only just started is asked again", async () => {
    const folder = await tempFolder();
    const ssh = await fakeSsh(`
        if [ -e "${folder}/once" ]; then exec sh; fi
        : >"${folder}/once"
        echo "ssh: connect to host 127.0.0.1 port 22: Connection refused" >&2; exit 255`);
    const [report] = await lookAtHosts([plan("server-1")], ssh);
    expect(report?.facts?.isComplete).toBe(true);
});

test("a host that tells a part and then hangs is refused for that", async () => {
    const ssh = await fakeSsh(
        "printf 'fact look begin\\nfact sudo yes\\nfact rights sudo\\n'; exec sleep 20",
    );
    const reports = await lookAtHosts([plan("server-1")], ssh, { timeoutMs: 1000 });
    expect(lines(reports)).toEqual([
        "server-1 (deploy@127.0.0.1:22): it did not tell everything within the time of a look. It is overloaded, " +
            "or a command hangs there: try `sudo docker info` and `df` by hand.",
    ]);
});

/** A server on the loopback that takes connections and never says a word. */
async function silentServer(): Promise<number> {
    const server: Server = createServer(() => undefined).listen(0, "127.0.0.1");
    await new Promise((ready) => server.once("listening", ready));
    onTestFinished(() => void server.close());
    return (server.address() as AddressInfo).port;
}

test(
    "three hosts of which one swallows what it is sent are looked at within 15 seconds",
    { timeout: 20_000 },
    async () => {
        const ssh = await findSsh();
        if (ssh === undefined) {
            throw new Error("this computer has no ssh");
        }
        const silent = await silentServer();
        const begin = Date.now();
        const reports = await lookAtHosts(
            [
                plan("server-1", { sshPort: silent }),
                plan("server-2", { sshPort: 1 }),
                plan("server-3", { sshPort: 2 }),
            ],
            ssh,
        );
        expect(Date.now() - begin).toBeLessThan(15_000);
        expect(reports.map(({ findings }) => findings[0]?.seen)).toEqual([
            `port ${silent} takes connections and then says nothing: Connection timed out during banner exchange`,
            "port 1 refuses: Connection refused",
            "port 2 refuses: Connection refused",
        ]);
    },
);

test("where nobody gets in, what the user's own configuration does otherwise is part of the way out", async () => {
    const script =
        'case "$*" in "-G 127.0.0.1") echo "proxyjump bastion";; *-G*) echo "port 22";; ' +
        '*) echo "ssh: connect to host 127.0.0.1 port 22: Connection timed out" >&2; exit 255;; esac';
    const reports = await lookAtHosts([plan("server-1")], await fakeSsh(script), { startingMs: 0 });
    const [line = ""] = lines(reports);
    expect(line).toContain("port 22 does not answer: Connection timed out");
    expect(line).toContain(
        "Your ~/.ssh/config has ProxyJump bastion for it, which docker-machine does not read",
    );
});
