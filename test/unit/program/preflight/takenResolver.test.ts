import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { expect, test, vi } from "vitest";
import type { NodeArgs } from "../../../../components/cluster/clusterArgs.ts";
import type { ListedContainer } from "../../../../scripts/docker/container.ts";
import {
    containerHolders,
    programHolders,
    takenResolverProblems,
} from "../../../../program/preflight/takenResolver.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

const bridge = "3: docker0    inet 172.17.42.1/16 brd 172.17.255.255 scope global docker0";
const line = (protocol: string, at: string, users = "") =>
    `${protocol}   UNCONN 0      0       ${at}:53    0.0.0.0:*    ${users}`;
const dnsmasq = 'users:(("dnsmasq",pid=812,fd=4),("dnsmasq",pid=813,fd=4))';

test("what listens on every address or on the bridge is named", () => {
    const answer = [
        bridge,
        line("udp", "0.0.0.0", dnsmasq),
        line("tcp", "172.17.42.1"),
        line("udp", "[::ffff:172.17.42.1]"),
        line("tcp", "*", 'users:(("named",pid=9,fd=1))'),
    ].join("\n");
    expect(programHolders(answer)).toEqual([
        { who: 'the program "dnsmasq" (process 812)', protocol: "udp", at: "0.0.0.0" },
        { who: "a program of the host's", protocol: "tcp", at: "172.17.42.1" },
        { who: "a program of the host's", protocol: "udp", at: "172.17.42.1" },
        { who: 'the program "named" (process 9)', protocol: "tcp", at: "every address" },
    ]);
});

test("a resolver on the loopback or on another bridge is no obstacle", () => {
    const stub = line("udp", "127.0.0.53%lo", 'users:(("systemd-resolve",pid=1,fd=1))');
    const answer = [bridge, stub, line("udp", "172.17.0.1"), line("tcp", "[::1]")].join("\n");
    expect(programHolders(answer)).toEqual([]);
    expect(programHolders("")).toEqual([]);
});

test("a container that publishes the port is named", () => {
    const container = (name: string, port: number): ListedContainer => ({
        Names: [`/${name}`],
        Labels: {},
        Ports: [{ IP: "0.0.0.0", PublicPort: port, Type: "udp" }],
    });
    expect(containerHolders([container("web", 80), container("pihole", 53)])).toEqual([
        { who: 'the container "pihole"', protocol: "udp", at: "0.0.0.0" },
    ]);
});

const host = (over: object = {}): NodeArgs => ({
    name: "server-1",
    machine: { driver: "generic", address: "192.0.2.11", ...over },
});

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
    expect(await takenResolverProblems([node], machines)).toEqual([
        "server-1: dnsOnBridge: port 53/udp of its machine's bridge is taken by the program " +
            '"dnsmasq" (process 812), which listens on 0.0.0.0. Stop it, bind it to other ' +
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
    expect(await takenResolverProblems([host()], machines)).toEqual([]);
    vi.unstubAllEnvs();
});
