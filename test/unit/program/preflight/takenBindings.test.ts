import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, test, vi } from "vitest";
import { imageContractOf } from "../../../../components/agent/imageContracts.ts";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import type { ListedContainer } from "../../../../scripts/docker/container.ts";
import {
    containerHolders,
    programHolders,
    takenBindingProblems,
} from "../../../../program/preflight/takenBindings.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const bridge = "3: docker0    inet 172.17.42.1/16 brd 172.17.255.255 scope global docker0";
const line = (protocol: string, at: string, users = "") =>
    `${protocol}   UNCONN 0      0       ${at}:53    0.0.0.0:*    ${users}`;
const dnsmasq = 'users:(("dnsmasq",pid=812,fd=4),("dnsmasq",pid=813,fd=4))';

const resolver = (protocol: "tcp" | "udp", at: "address" | "bridge" = "bridge") => {
    return { port: 53, protocol, at };
};

test.each([
    {
        at: "0.0.0.0",
        users: dnsmasq,
        who: 'the program "dnsmasq" (process 812)',
        seen: "every address",
    },
    { at: "172.17.42.1", users: "", who: "a program of the host's", seen: "172.17.42.1" },
    { at: "[::ffff:172.17.42.1]", users: "", who: "a program of the host's", seen: "172.17.42.1" },
    {
        at: "*",
        users: 'users:(("named",pid=9,fd=1))',
        who: 'the program "named" (process 9)',
        seen: "every address",
    },
])("what listens on $at has the bridge's port", ({ at, users, who, seen }) => {
    const answer = [bridge, line("udp", at, users)].join("\n");
    const holder = { who, protocol: "udp", at: seen };
    expect(programHolders(answer, resolver("udp"), "192.0.2.11")).toEqual([holder]);
    expect(programHolders(answer, resolver("tcp"), "192.0.2.11")).toEqual([]);
    expect(programHolders(answer, { ...resolver("udp"), port: 54 }, "192.0.2.11")).toEqual([]);
});

test("a resolver on the loopback or on another bridge is no obstacle", () => {
    const stub = line("udp", "127.0.0.53%lo", 'users:(("systemd-resolve",pid=1,fd=1))');
    const answer = [bridge, stub, line("udp", "172.17.0.1"), line("udp", "[::1]")].join("\n");
    expect(programHolders(answer, resolver("udp"), "192.0.2.11")).toEqual([]);
    expect(programHolders(answer, resolver("udp", "address"), "192.0.2.11")).toEqual([]);
    expect(programHolders("", resolver("udp"), "192.0.2.11")).toEqual([]);
});

test("what has the port on the machine's own address is in the way there alone", () => {
    const stub = line("udp", "192.0.2.11", 'users:(("systemd-resolve",pid=1,fd=1))');
    const answer = [bridge, stub].join("\n");
    expect(programHolders(answer, resolver("udp", "address"), "192.0.2.11")).toEqual([
        { who: 'the program "systemd-resolve" (process 1)', protocol: "udp", at: "192.0.2.11" },
    ]);
    expect(programHolders(answer, resolver("udp"), "192.0.2.11")).toEqual([]);
});

test("a container that publishes the port is named", () => {
    const container = (name: string, port: number): ListedContainer => ({
        Names: [`/${name}`],
        Labels: {},
        Ports: [{ IP: "0.0.0.0", PublicPort: port, Type: "udp" }],
    });
    expect(containerHolders([container("web", 80), container("pihole", 53)], 53)).toEqual([
        { who: 'the container "pihole"', protocol: "udp", at: "0.0.0.0" },
    ]);
});

const host = (over: object = {}): NodeArgs & { readonly role: "server" } => ({
    role: "server",
    name: "server-1",
    machine: { driver: "generic", address: "192.0.2.11", ...over },
});

const published = imageContractOf("official", "full", { dnsOnBridge: true });

/** Puts a program called ssh before all others on PATH. */
async function fakeSsh(script: string): Promise<string> {
    const folder = await tempFolder();
    const words = join(folder, "words");
    await writeFile(join(folder, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$@" > ${words}\n${script}\n`);
    await chmod(join(folder, "ssh"), 0o755);
    vi.stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
    return words;
}

test("a host that is no machine yet is asked over SSH, with the node's own key", async () => {
    const words = await fakeSsh(`echo '${line("udp", "0.0.0.0", dnsmasq)}'`);
    const machines = devMachines(await tempFolder());
    const node = host({ sshUser: "deploy", sshKey: "deploy_key", sshPort: 2222 });
    expect(await takenBindingProblems([node], machines, published)).toEqual([
        "server-1: dnsOnBridge: port 53/udp of its machine's bridge is taken by the program " +
            '"dnsmasq" (process 812), which listens on every address. Stop it, bind it to other ' +
            "addresses, or set dnsOnBridge to false.",
    ]);
    const said = await readFile(words, "utf8");
    expect(said).toContain("-i\ndeploy_key\n-p\n2222\ndeploy@192.0.2.11\n");
    expect(said).toContain("BatchMode=yes");
    vi.unstubAllEnvs();
});

test("a host that does not answer is left to other checks", async () => {
    await fakeSsh("exit 255");
    const machines = devMachines(await tempFolder());
    expect(await takenBindingProblems([host()], machines, published)).toEqual([]);
    vi.unstubAllEnvs();
});

test("a host of which nothing but Consul's own ports is asked is not asked", async () => {
    const words = await fakeSsh(`echo '${line("udp", "0.0.0.0", dnsmasq)}'`);
    const machines = devMachines(await tempFolder());
    expect(await takenBindingProblems([host()], machines, imageContractOf())).toEqual([]);
    await expect(readFile(words, "utf8")).rejects.toThrow("ENOENT");
    vi.unstubAllEnvs();
});

test("of a host's own address only what cannot be seen by connecting is asked", async () => {
    const taken = ["udp", "tcp"].map((one) => `echo '${line(one, "0.0.0.0", dnsmasq)}'`);
    await fakeSsh(taken.join("\n"));
    const machines = devMachines(await tempFolder());
    const own = imageContractOf("official", "full", { dnsOnAddress: true });
    expect(await takenBindingProblems([host()], machines, own)).toEqual([
        "server-1: dnsOnAddress: port 53/udp of its machine's address is taken by the program " +
            '"dnsmasq" (process 812), which listens on every address. Stop it, bind it to other ' +
            "addresses, or set dnsOnAddress to false.",
    ]);
    vi.unstubAllEnvs();
});
