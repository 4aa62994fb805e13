import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, prepareHosts, recipeOf, removeHosts, type Host } from "../../cli/bench/hosts.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import { hostsAnswer } from "../../cli/verbs/answers.ts";
import { defaultStoreFolder } from "../../scripts/protocol/names.ts";
import { entries } from "../../scripts/system/files.ts";
import { hostOf } from "./support/host.ts";
import { LabStack, type Ended } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const prefix = "lab-hosts-host";
const subnet = "10.77.94.0/24";
/** An address of the hosts' network that no host has. */
const nobody = "10.77.94.99";
/** Another address, which a host is given beside its own. */
const second = "10.77.94.98";

/** Something that is wrong with a host. */
interface Fault {
    readonly what: string;
    /** Run on the host, by its own `sh`. */
    readonly make?: string;
    /** Puts it right again. */
    readonly undo?: string;
    /** Options of its node, and another address of it. */
    readonly node?: {
        readonly address?: string;
        readonly options?: Readonly<Record<string, string>>;
    };
    /** What a preview says of the node, behind who logs in where. */
    readonly says: RegExp;
}

const dropIns = "/etc/systemd/system/docker.service.d";
const restart = "systemctl daemon-reload && systemctl restart docker";
const emptyImage = `tar cT /dev/null | docker import -c 'CMD ["/x"]' - shop:1`;

/** Ways in which nobody gets in. The keys are made by the test. */
const lockedOut = (key: (name: string) => string): readonly Fault[] => [
    {
        what: "port 22 swallows packets",
        make: "iptables -A INPUT -p tcp --dport 22 -j DROP",
        undo: "iptables -D INPUT -p tcp --dport 22 -j DROP",
        says: /port 22 does not answer: Connection timed out\. .*firewall/,
    },
    {
        what: "port 22 is closed",
        make: "systemctl stop ssh",
        undo: "systemctl start ssh",
        says: /port 22 refuses: Connection refused\. Start its SSH server/,
    },
    {
        what: "the user is another",
        node: { options: { sshUser: "nobody" } },
        says: /Permission denied \(publickey\) for the user "nobody"\. .*see driverOptions\.sshUser/,
    },
    {
        what: "the key is another",
        node: { options: { sshKey: key("other") } },
        says: /Permission denied \(publickey\) for the user "root"\. The key \S+other is not accepted/,
    },
    {
        what: "the key has a passphrase",
        node: { options: { sshKey: key("locked") } },
        says: /Permission denied \(publickey\) .*The key \S+locked has a passphrase, .*ssh-add/,
    },
    {
        what: "nobody is there",
        node: { address: nobody },
        says: /(it is not reached: No route to host|port 22 does not answer)/,
    },
];

const opsUser =
    "useradd --create-home --shell /bin/bash --password '*' ops && " +
    "install -d -o ops -g ops -m 700 /home/ops/.ssh && " +
    "install -o ops -g ops -m 600 /root/.ssh/authorized_keys /home/ops/.ssh/ && " +
    "echo 'ops ALL=(ALL) ALL' >/etc/sudoers.d/ops && chmod 440 /etc/sudoers.d/ops";

/** What is wrong with hosts as such, or what others have there. */
const unfit: readonly Fault[] = [
    {
        what: "sudo asks for a password",
        make: opsUser,
        undo: "userdel --remove ops; rm -f /etc/sudoers.d/ops",
        node: { options: { sshUser: "ops" } },
        says: /sudo asks the user "ops" for a password: .*NOPASSWD/,
    },
    {
        what: "docker-machine does not know the system",
        make:
            "cp --remove-destination /usr/lib/os-release /etc/os-release && " +
            "sed -i 's/^ID=.*/ID=void/; s/^PRETTY_NAME=.*/PRETTY_NAME=\"Void Linux\"/' /etc/os-release",
        undo: "ln -sf ../usr/lib/os-release /etc/os-release",
        says: /it runs Void Linux, which this docker-machine does not know/,
    },
    {
        what: "a volume of somebody else's",
        make:
            "docker volume create consul-data && " +
            "echo precious >/var/lib/docker/volumes/consul-data/_data/old.txt",
        undo: "docker volume rm consul-data",
        says: /it has a volume "consul-data" that no stack of this program made\. .*docker volume rm/,
    },
    {
        what: "a container of somebody else's",
        make: `${emptyImage} && docker create --name consul shop:1`,
        undo: "docker rm --force consul; docker image rm shop:1",
        says: /it has a container "consul" \(shop:1, created\) that no stack of this program made/,
    },
    {
        what: "a port is taken",
        make: "systemd-run --unit=taken systemd-socket-activate --listen=0.0.0.0:8501 /bin/cat",
        undo: "systemctl stop taken",
        says: /port 8501\/tcp \(.+\) is taken by the program "systemd-socket-?" \(process \d+\)/,
    },
    {
        what: "a firewall keeps this computer from the engine",
        make: "iptables -A INPUT -p tcp --dport 2376 -j DROP",
        undo: "iptables -D INPUT -p tcp --dport 2376 -j DROP",
        says: /port 2376\/tcp swallows packets from this computer/,
    },
];

/** What is wrong with their Docker. */
const otherDocker: readonly Fault[] = [
    {
        what: "a storage driver in daemon.json",
        make: `echo '{"storage-driver":"vfs"}' >/etc/docker/daemon.json && systemctl restart docker`,
        undo: "rm -f /etc/docker/daemon.json; systemctl restart docker",
        says: /daemon\.json sets "storage-driver", .*The storage driver stays vfs/,
    },
    {
        what: "a daemon.json that is none",
        make: "echo '{ storage' >/etc/docker/daemon.json",
        undo: "rm -f /etc/docker/daemon.json",
        says: /\/etc\/docker\/daemon\.json is not a JSON object\. /,
    },
    {
        what: "a Docker that is stopped",
        make: "systemctl stop docker",
        undo: "systemctl start docker",
        says: /its Docker does not answer: docker\.service is inactive/,
    },
    {
        what: "a drop-in that comes last",
        make: `mkdir -p ${dropIns} && printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/dockerd\\n' >${dropIns}/zz-own.conf && ${restart}`,
        undo: `rm -f ${dropIns}/zz-own.conf; ${restart}`,
        says: /zz-own\.conf sets ExecStart, .*Give it a name that comes before, such as 05-zz-own\.conf/,
    },
    {
        what: "a daemon in another place",
        make: "mv /usr/bin/dockerd /usr/bin/dockerd.away",
        undo: "mv /usr/bin/dockerd.away /usr/bin/dockerd",
        says: /its daemon is \/usr\/sbin\/dockerd, .*ln -s \/usr\/sbin\/dockerd \/usr\/bin\/dockerd/,
    },
    {
        what: "a machine of another docker-machine",
        make: `mkdir -p ${dropIns} && echo a >/etc/docker/ca.pem && printf '[Service]\\n' >${dropIns}/10-machine.conf && systemctl daemon-reload`,
        undo: `rm -f /etc/docker/ca.pem ${dropIns}/10-machine.conf; systemctl daemon-reload`,
        says: /another docker-machine has made it a machine already \(\/etc\/docker\/ca\.pem, 10-machine\.conf\)/,
    },
];

/** What is wrong with what they are made of. */
const otherHost: readonly Fault[] = [
    {
        what: "a full disk",
        make: "mount -t tmpfs -o size=40m tmpfs /var/lib/docker",
        undo: "umount --lazy /var/lib/docker",
        says: /\/var\/lib\/docker has \d+ MB free\. .*make room on \/var\/lib\/docker/,
    },
    {
        what: "a /etc that cannot be written",
        make: "mount --bind /etc /etc && mount -o remount,bind,ro /etc",
        undo: "umount --lazy /etc",
        says: /\/etc cannot be written there\. /,
    },
    {
        what: "a clock that is wrong, which in a container only a stand-in of date can be",
        make: `printf '#!/bin/sh\\n[ "$1" = +%%s ] && exec /bin/date -d "1 hour ago" +%%s\\nexec /bin/date "$@"\\n' >/usr/local/bin/date && chmod 755 /usr/local/bin/date`,
        undo: "rm -f /usr/local/bin/date",
        says: /its clock is 60 minutes behind this computer's\. /,
    },
    {
        what: "one host for two nodes",
        make: `ip address add ${second}/24 dev eth0`,
        undo: `ip address del ${second}/24 dev eth0`,
        says: new RegExp(`it also has ${second.replaceAll(".", "[.]")}, the address of node-5\\. `),
    },
    {
        what: "and the other node of that one",
        node: { address: second },
        says: /it also has 10\.77\.94\.14, the address of node-4\. Each node needs a host of its own/,
    },
    {
        what: "neither ss nor netstat",
        make: "mv /bin/ss /bin/ss.away; mv /bin/netstat /bin/netstat.away",
        undo: "mv /bin/ss.away /bin/ss; mv /bin/netstat.away /bin/netstat",
        says: /it has neither ss nor netstat, /,
    },
];

describe.skipIf(missing !== undefined)("hosts that are to be made machines", () => {
    /** Only to read off how a lab machine is started. */
    const pattern = new LabStack("lab-hosts-pattern");
    const stack = new LabStack("lab-hosts", { SSH_AUTH_SOCK: "" });
    const folder = mkdtempSync(join(tmpdir(), "lab-hosts-key-"));
    const key = (name: string) => join(folder, name);
    let hosts: readonly Host[] = [];
    let keyFile = "";

    const onHost = (host: Host, script: string) => docker(["exec", host.name, "sh", "-c", script]);

    /** Settings of a node on each of the hosts; where a fault says so, on another address or with other options. */
    function nodeSettings(faults: readonly Fault[], count: number) {
        const nodes = hosts.slice(0, count).map(({ address }, index) => {
            return { name: `node-${index + 1}`, address, ...faults[index]?.node };
        });
        return {
            driver: "generic",
            driverOptions: { sshUser: "root", sshKey: keyFile },
            servers: nodes.slice(0, 1),
            clients: nodes.slice(1),
        };
    }

    function configure(faults: readonly Fault[], count = hosts.length): void {
        stack.configure(nodeSettings(faults, count));
    }

    /** The same, as a settings' file has it. */
    const settingsOf = (faults: readonly Fault[]) =>
        Object.fromEntries(
            Object.entries(nodeSettings(faults, hosts.length)).map(([name, value]) => [
                `consul-machines:${name}`,
                value,
            ]),
        );

    /** Does something while each host has one of the faults. */
    async function among(faults: readonly Fault[], work: () => Promise<Ended>): Promise<Ended> {
        configure(faults);
        const each = (part: "make" | "undo") =>
            hosts.map(async (host, index) => {
                const script = faults[index]?.[part];
                return script === undefined ? "" : onHost(host, script);
            });
        try {
            await Promise.all(each("make"));
            return await work();
        } finally {
            // What was not made cannot be undone; what a test leaves behind, the next one sees.
            await Promise.allSettled(each("undo"));
        }
    }

    /** What makes a host a machine, as far as it can be seen there. */
    async function traces(): Promise<string[]> {
        const script =
            "hostname; cat /etc/hostname; " +
            `ls ${dropIns} /etc/docker 2>/dev/null; docker ps -aq; docker volume ls -q; docker image ls -q`;
        return Promise.all(hosts.map((host) => onHost(host, script)));
    }

    const preview = () => stack.run(stack.words("preview"));

    beforeAll(async () => {
        await pattern.init();
        pattern.configure({ servers: 1 });
        await pattern.up();
        await removeHosts(prefix);
        const place = { prefix, subnet, folder, count: 6 };
        const recipe = await recipeOf(hostOf(pattern.name, "server-1"));
        const prepared = await prepareHosts(place, recipe, new AbortController().signal);
        ({ hosts, keyFile } = prepared);
        for (const host of hosts) {
            await prepared.start(host);
        }
        for (const [name, passphrase] of [
            ["other", ""],
            ["locked", "secret"],
        ] as const) {
            const words = ["-q", "-t", "ed25519", "-N", passphrase, "-C", name, "-f", key(name)];
            execFileSync("ssh-keygen", words);
        }
        await stack.init();
        for (const host of hosts) {
            await onHost(
                host,
                `mkdir -p ${dropIns}; until docker info >/dev/null 2>&1; do sleep 0.2; done`,
            );
        }
    });

    afterAll(async () => {
        try {
            await stack.end();
            await pattern.end();
        } finally {
            await removeHosts(prefix);
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it.each([
        ["let nobody in", lockedOut(key)],
        ["are unfit, or have something of others", unfit],
        ["have a Docker that would be harmed", otherDocker],
        ["are made otherwise", otherHost],
    ] as const)("are refused by a preview of all, where they %s", async (_, faults) => {
        const before = await traces();
        const { exitCode, output } = await among(faults, preview);
        expect(exitCode).not.toBe(0);
        expect(output).toContain("nothing was made or changed");
        const lines = output.split("\n");
        faults.forEach(({ what, says }, index) => {
            const line = lines.filter((one) => one.includes(`node-${index + 1} (`));
            expect(line.join("\n"), what).toMatch(says);
        });
        expect(await traces()).toEqual(before);
    });

    it("are looked at by doctor alone, which ends with 4 where one is refused", async () => {
        const file = join(projectRoot, `Pulumi.${stack.name}.yaml`);
        const look = async (faults: readonly Fault[]) => {
            const ended = await among(faults, () => {
                writeFileSync(file, JSON.stringify({ config: settingsOf(faults) }));
                const words = ["machines", "doctor", "--hosts", "--stack", stack.name, "--json"];
                const run = spawnSync(process.execPath, ["cli/bootstrap.mjs", ...words], {
                    cwd: projectRoot,
                    env: { ...process.env, SSH_AUTH_SOCK: "" },
                    encoding: "utf8",
                });
                return Promise.resolve({ exitCode: run.status, output: run.stdout });
            });
            return {
                exitCode: ended.exitCode,
                answer: hostsAnswer.parse(JSON.parse(ended.output)),
            };
        };
        try {
            const wrong = await look(unfit.slice(0, 3));
            expect(wrong.exitCode).toBe(4);
            const refusals = wrong.answer.hosts.map(({ findings }) =>
                findings.filter(({ kind }) => kind === "refused").map(({ id }) => id),
            );
            expect(refusals).toEqual([["sudo"], ["os"], ["volume"], [], [], []]);
            const fine = await look([]);
            expect(fine).toMatchObject({ exitCode: 0, answer: { isWell: true } });
        } finally {
            rmSync(file, { force: true });
        }
    });

    it("of which one swallows packets, take a preview of three no longer than 15 seconds", async () => {
        const [swallows] = lockedOut(key);
        const began = performance.now();
        const { output } = await among(swallows === undefined ? [] : [swallows], () => {
            configure([], 3);
            return preview();
        });
        expect(output).toContain("port 22 does not answer: Connection timed out");
        expect(performance.now() - began).toBeLessThan(15_000);
    });

    it("with a foreign volume are refused by up, too, and the volume stays as it is", async () => {
        const before = await traces();
        const [host] = hosts;
        const fault = unfit.find(({ what }) => what.startsWith("a volume")) ?? {
            what: "",
            says: /./,
        };
        let kept = "";
        const { exitCode, output } = await among([fault], async () => {
            const ended = await stack.run(stack.upWords());
            const file = "/var/lib/docker/volumes/consul-data/_data/old.txt";
            kept = host === undefined ? "" : await onHost(host, `cat ${file}`);
            return ended;
        });
        expect(exitCode).not.toBe(0);
        expect(output).toMatch(fault.says);
        expect(kept).toBe("precious");
        expect(await traces()).toEqual(before);
        const store = defaultStoreFolder(stack.name);
        expect(existsSync(store) ? await entries(join(store, "machines")) : []).toEqual([]);
    });

    it("keep their storage driver, their data folder, and the containers in them", async () => {
        const [host] = hosts;
        if (host === undefined) {
            throw new Error("no host");
        }
        const own = `printf '[Service]\\nExecStart=\\nExecStart=/usr/bin/dockerd --storage-driver vfs --data-root /var/lib/docker/own\\n' >${dropIns}/05-own.conf`;
        await onHost(host, `mkdir -p ${dropIns} && ${own} && ${restart}`);
        await onHost(host, `${emptyImage} && docker create --name shop shop:1`);
        const seen = () =>
            onHost(
                host,
                "docker info --format '{{.Driver}} {{.DockerRootDir}}'; docker inspect --format '{{.Id}}' shop",
            );
        const before = await seen();
        expect(before).toMatch(/^vfs \/var\/lib\/docker\/own\n/);
        configure([], 1);
        const { exitCode, output } = await preview();
        expect(exitCode).toBe(0);
        expect(output).toMatch(/node-1 \(.+\): its Docker has the storage driver vfs; /);
        await stack.up();
        expect(await seen()).toBe(before);
        await stack.up("--expect-no-changes");
        await stack.destroy();
        expect(await seen()).toBe(before);
        // And comes back, for the host is known as this stack's.
        await stack.up();
        expect(await seen()).toBe(before);
        await stack.destroy();
        expect(await onHost(host, "docker volume ls -q")).toBe("");
    });
});
