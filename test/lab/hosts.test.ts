import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, removeHosts, type Host } from "../../cli/bench/hosts.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import { hostsAnswer } from "../../cli/verbs/answers.ts";
import { defaultStoreFolder } from "../../scripts/protocol/names.ts";
import { entries } from "../../scripts/system/files.ts";
import {
    dropIns,
    emptyImage,
    lockedOut,
    otherDocker,
    otherHost,
    restart,
    subnet,
    unfit,
    type Fault,
} from "./support/hostFaults.ts";
import { prepareLabHosts } from "./support/labHosts.ts";
import { LabStack, type Ended } from "./support/labStack.ts";
import { missing } from "./support/pieces.ts";

const prefix = "lab-hosts-host";
describe.skipIf(missing !== undefined)("hosts that are to be made machines", () => {
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
        await removeHosts(prefix);
        const place = { prefix, subnet, folder, count: 6 };
        const prepared = await prepareLabHosts(place);
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

    it("are made machines with a key whose passphrase an agent of the shell knows", async () => {
        const [host] = hosts;
        if (host === undefined) {
            throw new Error("no host");
        }
        const locked = key("locked");
        const authorized = readFileSync(`${locked}.pub`, "utf8").trim();
        await onHost(host, `echo '${authorized}' >>/root/.ssh/authorized_keys`);
        const said = execFileSync("ssh-agent", ["-s"], { encoding: "utf8" });
        const variable = (name: string) => new RegExp(`${name}=([^;]+);`).exec(said)?.[1] ?? "";
        const agent = { SSH_AUTH_SOCK: variable("SSH_AUTH_SOCK") };
        try {
            const passphrase = join(folder, "passphrase");
            writeFileSync(passphrase, "#!/bin/sh\necho secret\n", { mode: 0o700 });
            const asked = { SSH_ASKPASS: passphrase, SSH_ASKPASS_REQUIRE: "force" };
            execFileSync("ssh-add", ["-q", locked], {
                env: { ...process.env, ...agent, ...asked },
            });
            configure([{ what: "", says: /./, node: { options: { sshKey: locked } } }], 1);
            const up = await stack.run(stack.upWords(), agent);
            expect(up.exitCode, up.output).toBe(0);
            // From then on it is a machine, and docker-machine asks its engine, not its SSH server.
            await stack.up("--expect-no-changes");
            await stack.run(stack.words("destroy", "--yes", "--skip-preview"), agent);
            expect(await onHost(host, "docker volume ls -q")).toBe("");
        } finally {
            process.kill(Number(variable("SSH_AGENT_PID")));
        }
    });
});
