import { execFile, spawn, spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { hostname, networkInterfaces, userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { readListeners } from "../../../../scripts/hosts/facts/listeners.ts";
import { readFacts } from "../../../../scripts/hosts/facts/readFacts.ts";
import { lookScript } from "../../../../scripts/hosts/lookAtHosts.ts";
import { printedWith, soundHost } from "../../../support/soundHost.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** The shells of this computer that hosts have as `sh`. */
const shells = [["sh"], ["dash"], ["bash", "--posix"], ["busybox", "sh"], ["ksh"]].filter(
    ([program = ""]) => spawnSync(program, ["-c", "exit 0"]).error === undefined,
);

/** What the script prints in a shell, with these programs in place of the computer's own. */
async function look(
    shell: readonly string[],
    path = process.env.PATH,
    socket = "/var/run/docker.sock",
): Promise<string> {
    const [program = "", ...words] = shell;
    const script = (await readFile(lookScript(), "utf8")).replaceAll(
        "/var/run/docker.sock",
        socket,
    );
    return new Promise((done, failed) => {
        const env = { ...process.env, PATH: path };
        const child = execFile(program, words, { env }, (error, stdout, stderr) => {
            if (error === null && stderr === "") {
                done(stdout);
            } else {
                failed(error ?? new Error(stderr));
            }
        });
        child.stdin?.end(script);
    });
}

describe.each(shells)("the look of a host, read by %s", (...shell) => {
    test("tells of this computer what it is", async () => {
        const server = createServer().listen(0, "127.0.0.1");
        await new Promise((ready) => server.once("listening", ready));
        onTestFinished(() => void server.close());
        const bound = server.address();
        const port = typeof bound === "object" ? bound?.port : undefined;
        const before = Math.floor(Date.now() / 1000);
        const facts = readFacts(await look(shell));
        expect(facts).toMatchObject({
            isComplete: true,
            kernel: "Linux",
            hostname: hostname(),
            user: userInfo().username,
        });
        expect(facts?.clock).toBeGreaterThanOrEqual(before);
        expect(facts?.clock).toBeLessThanOrEqual(Date.now() / 1000);
        expect(facts?.os.ID).toMatch(/^[a-z]+$/);
        expect(facts?.memory.total).toBeGreaterThan(100_000);
        expect(facts?.disk?.total).toBeGreaterThan(facts?.disk?.free ?? Infinity);
        const own = Object.values(networkInterfaces())
            .flatMap((list) => list ?? [])
            .filter(({ family }) => family === "IPv4")
            .map(({ address }) => address);
        expect(facts?.addresses.map(({ address }) => address)).toEqual(expect.arrayContaining(own));
        expect(facts?.listeners).toContainEqual(
            expect.objectContaining({ protocol: "tcp", address: "127.0.0.1", port }),
        );
    });

    test("tells what systemd and Docker say there", async () => {
        const daemon = spawn("sleep", ["61"]);
        onTestFinished(() => void daemon.kill());
        const folder = await tempFolder();
        const put = async (name: string, script: string) => {
            await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
            await chmod(join(folder, name), 0o755);
        };
        await mkdir(join(folder, "d"));
        const dropIn = join(folder, "d", "05-own.conf");
        await writeFile(dropIn, "[Service]\nExecStart=\nExecStart=/usr/bin/dockerd -s vfs");
        await put("sudo", 'case "$1" in -n) shift;; esac; exec "$@"');
        await put(
            "systemctl",
            `case "$*" in
            *DropInPaths*) echo "DropInPaths=${dropIn}" ;;
            *"-p MainPID") echo "MainPID=${daemon.pid ?? 0}" ;;
            *docker.socket*) echo ActiveState=active ;;
            *) printf 'LoadState=loaded\\nActiveState=active\\n' ;; esac`,
        );
        const facts = readFacts(await look(shell, `${folder}:${process.env.PATH ?? ""}`));
        expect(facts?.sudo).toBe("yes");
        expect(facts?.docker.unit).toMatchObject({ LoadState: "loaded", ActiveState: "active" });
        expect(facts?.docker.socket).toEqual({ ActiveState: "active" });
        expect(facts?.docker.dropIns).toEqual([{ path: dropIn, starts: true }]);
        expect(facts?.docker.words).toEqual(["sleep", "61"]);
    });

    test("says that sudo asks for a password, in its words", async () => {
        const folder = await tempFolder();
        await writeFile(
            join(folder, "sudo"),
            '#!/bin/sh\necho "sudo: a password is required" >&2\nexit 1\n',
        );
        await chmod(join(folder, "sudo"), 0o755);
        const facts = readFacts(await look(shell, `${folder}:${process.env.PATH ?? ""}`));
        expect(facts).toMatchObject({
            sudo: "no",
            sudoSays: "sudo: a password is required",
            isComplete: true,
        });
    });
});

/** Programs in place of the host's own, and a socket at which an engine seems to listen. */
async function fakePrograms(programs: Readonly<Record<string, string>>) {
    const folder = await tempFolder();
    for (const [name, script] of Object.entries(programs)) {
        await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
        await chmod(join(folder, name), 0o755);
    }
    const socket = join(folder, "docker.sock");
    const server = createServer();
    await new Promise<void>((ready) => server.listen(socket, ready));
    onTestFinished(() => void server.close());
    return { path: `${folder}:${process.env.PATH ?? ""}`, socket };
}

/** A client of Docker's that lists 120 containers; of `inspect`, which is given their ids, another script decides. */
const docker = (inspect: string, list = "") => `[ "$1" = -H ] && shift 2
case "$1" in
info) printf 'version 28.5.2\\ndriver overlay2\\nroot /var/lib/docker\\n' ;;
ps) ${list} i=1; while [ $i -le 120 ]; do echo id$i; i=$((i + 1)); done ;;
inspect)
    [ "$2 $3 $4" = "--type container --format" ] || exit 64
    prefix=\${5%%"{{"*}
    shift 5
    show() { printf '%s/%s\\trunning\\talways\\t\\tshop:1\\t\\t\\tfalse\\n' "$prefix" "$1"; }
    ${inspect} ;;
esac`;
const gone = 'echo "Error response from daemon: No such container: $id" >&2';
const each = (one: string, code: string) => `code=0; for id; do ${one}; done; ${code}`;

/** What an engine does when it is asked for its containers, and how many of them are then seen. */
const listings = [
    ["tells of all", docker(each('show "$id"', "")), [], 120],
    ["has none", docker("exit 1", "exit 0;"), [], 0],
    ["does not list them", docker(each('show "$id"', ""), "exit 1;"), ["containers"], 0],
    ["is cut off while it lists", docker("", "echo id1; exit 124;"), ["containers"], 0],
    ["is cut off while it tells of them", docker("exit 124"), ["containers"], 0],
    [
        "has lost some meanwhile",
        docker(
            each(
                `case $id in id7 | id70) ${gone}; code=1 ;; *) show "$id" ;; esac`,
                'echo "WARNING: no config" >&2; exit $code',
            ),
        ),
        [],
        118,
    ],
    [
        "cannot tell of one",
        docker(
            each(
                `case $id in
                id7) ${gone}; code=1 ;;
                id70) echo "Error response from daemon: context canceled" >&2; code=1 ;;
                *) show "$id" ;; esac`,
                "exit $code",
            ),
        ),
        ["containers"],
        98,
    ],
    [
        "is no more in the middle",
        docker(
            each(
                'if [ "$id" = id51 ]; then echo "Cannot connect to the Docker daemon" >&2; exit 1; fi; show "$id"',
                "",
            ),
        ),
        ["containers"],
        50,
    ],
] as const;

describe.each(shells)("the look of an engine, read by %s", (...shell) => {
    test.each(listings)("that %s", async (_, script, unknown, count) => {
        const { path, socket } = await fakePrograms({ docker: script });
        const facts = readFacts(await look(shell, path, socket));
        expect(facts?.isComplete).toBe(true);
        expect(facts?.docker.engine?.unknown).toEqual(unknown);
        expect(facts?.docker.engine?.containers).toHaveLength(count);
    });

    test.each([
        ["prints nothing", "exit 0", undefined],
        ["is cut off", "echo Netid State; exit 124", undefined],
        ["finds nothing", "echo Netid State", []],
    ])("and an ss that %s", async (_, script, listeners) => {
        const { path, socket } = await fakePrograms({ ss: script, docker: "exit 1" });
        const facts = readFacts(await look(shell, path, socket));
        expect(facts?.isComplete).toBe(true);
        expect(facts?.listeners).toEqual(listeners);
    });
});

test("an engine that hangs while it tells of its containers is not asked for more of them", async () => {
    const calls = join(await tempFolder(), "calls");
    const { path, socket } = await fakePrograms({
        docker: docker(""),
        timeout: `shift; case "$*" in *inspect*) echo >>${calls}; exit 124 ;; esac; exec "$@"`,
    });
    const facts = readFacts(await look(["sh"], path, socket));
    expect(facts?.docker.engine?.unknown).toEqual(["containers"]);
    expect(await readFile(calls, "utf8")).toBe("\n");
});

test("sh and at least one other shell are tried", () => {
    expect(shells.length).toBeGreaterThan(1);
});

test("a look that breaks off runs no part of the script", async () => {
    const script = await readFile(lookScript(), "utf8");
    const half = spawnSync("sh", [], { input: script.slice(0, script.length / 2) });
    expect(half.stdout.toString()).toBe("");
    expect(half.status).not.toBe(0);
});

test("what a host says besides is not taken for facts", () => {
    const noisy = `Welcome!\r\n${soundHost.replaceAll("\n", "\r\n")}fact\nfacts are nice\n`;
    expect(readFacts(noisy)).toEqual(readFacts(soundHost));
    expect(readFacts("This account is currently not available.\n")).toBeUndefined();
});

test("containers, volumes and networks are read with their owners", () => {
    const engine = readFacts(
        printedWith({
            container: "/web\texited\t\tshop/prod\tnginx:1\tdata  logs\t80/tcp 0/tcp :/udp\ttrue",
            volume: ["consul-data\tshop/prod", "consul-old\t"],
            network: "consul\t",
            networks: undefined,
        }),
    )?.docker.engine;
    expect(engine?.containers).toEqual([
        {
            name: "web",
            state: "exited",
            restart: "no",
            owner: "shop/prod",
            image: "nginx:1",
            volumes: ["data", "logs"],
            ports: ["80/tcp", "0/tcp"],
            isRemovedWhenStopped: true,
        },
    ]);
    expect(engine?.volumes).toEqual([
        { name: "consul-data", owner: "shop/prod" },
        { name: "consul-old", owner: undefined },
    ]);
    expect(engine?.unknown).toEqual(["networks"]);
});

const every = { address: "*" };

test.each([
    [
        "ss",
        'tcp LISTEN 0 4096 *:8500 *:* users:(("consul",pid=5,fd=3))',
        { ...every, program: "consul", pid: 5 },
    ],
    [
        "ss",
        'tcp LISTEN 0 128 [::ffff:10.0.0.11]:8500 *:* users:(("java",pid=5,fd=3))',
        { address: "10.0.0.11", port: 8500, program: "java" },
    ],
    ["ss", "tcp LISTEN 0 128 ::ffff:10.0.0.11:8500 :::* ", { address: "10.0.0.11" }],
    ["ss", "udp UNCONN 0 0 [::ffff:0.0.0.0]:53 *:* ", every],
    ["ss", "udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*", { address: "127.0.0.53" }],
    ["ss", "tcp LISTEN 0 128 [::]:22 [::]:* ", every],
    ["ss", "tcp LISTEN 0 128 [::1]:631 [::]:* ", { address: "::1", port: 631 }],
    [
        "netstat",
        "tcp        0      0 0.0.0.0:22   0.0.0.0:*   LISTEN   7/sshd: /usr/sbin/s",
        { ...every, program: "sshd", pid: 7 },
    ],
    [
        "netstat",
        "udp6       0      0 :::8301      :::*                 812/consul",
        { ...every, program: "consul" },
    ],
    [
        "netstat",
        "tcp        0      0 10.0.0.5:80   0.0.0.0:*   LISTEN      -",
        { address: "10.0.0.5", program: undefined },
    ],
    [
        "netstat",
        "tcp6       0      0 ::ffff:10.0.0.5:80   :::*   LISTEN      9/java",
        { address: "10.0.0.5", program: "java" },
    ],
    ["proc", "tcp 0100007F:1F90", { address: "127.0.0.1", port: 8080 }],
    ["proc", "tcp6 00000000000000000000000000000000:0016", { ...every, port: 22 }],
    ["proc", "tcp6 0000000000000000FFFF00000B00000A:2134", { address: "10.0.0.11", port: 8500 }],
    ["proc", "tcp6 0000000000000000FFFF000000000000:2134", every],
    ["proc", "tcp6 B80D01200000000000000000FFFF0000:2134", { address: "an IPv6 address" }],
])("%s tells %j", (source, line, listener) => {
    expect(readListeners(source, () => [line])).toEqual([expect.objectContaining(listener)]);
});

test("what nothing tells of is not known", () => {
    expect(readListeners(undefined, () => [])).toBeUndefined();
    expect(readListeners("ss", () => [])).toBeUndefined();
    expect(readListeners("ss", () => ["Netid State Recv-Q"])).toEqual([]);
});
