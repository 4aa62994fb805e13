import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import {
    callEnvironment,
    DockerMachineCli,
    findBinary,
} from "../../../../scripts/machine/dockerMachineCli.ts";
import { stubEnv } from "../../../support/stubEnv.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

/** Lays an executable shell script into a folder. */
async function executable(folder: string, name: string, script: string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return file;
}

test("what would divert docker-machine is taken out of its environment, the rest stays", () => {
    expect(
        callEnvironment({
            PATH: "/bin",
            HTTPS_PROXY: "http://proxy:3128",
            AWS_ACCESS_KEY_ID: "id",
            MACHINE_GITHUB_API_TOKEN: "token",
            DOCKER_HOST: "tcp://10.0.0.1:2376",
            DOCKER_CERT_PATH: "/certs",
            DOCKER_CONTEXT: "other",
            DOCKER_TLS_VERIFY: "1",
            MACHINE_STORAGE_PATH: "/store",
            MACHINE_DRIVER: "virtualbox",
            MACHINE_BUGSNAG_API_TOKEN: "theirs",
            GENERIC_IP_ADDRESS: "10.0.0.1",
            VIRTUALBOX_MEMORY_SIZE: "1",
        }),
    ).toEqual({
        PATH: "/bin",
        HTTPS_PROXY: "http://proxy:3128",
        AWS_ACCESS_KEY_ID: "id",
        MACHINE_GITHUB_API_TOKEN: "token",
        MACHINE_BUGSNAG_API_TOKEN: "no-report",
    });
});

test("a call is made on the store, in that environment, and its noise is dropped", async () => {
    const folder = await tempFolder();
    stubEnv("DOCKER_HOST", "tcp://10.0.0.1:2376");
    const binary = await executable(
        folder,
        "docker-machine",
        'echo "(dev-server-1) Closing plugin on server side"; echo "$@"; echo; ' +
            'echo "host=$DOCKER_HOST $MACHINE_BUGSNAG_API_TOKEN"; echo said >&2; printf "no end"',
    );

    const { exitCode, stdout, tail } = await new DockerMachineCli(binary, "/a store").call([
        "create",
        "-x=1 2",
    ]);

    expect(exitCode).toBe(0);
    expect(stdout).toBe("--storage-path /a store create -x=1 2\nhost= no-report\nno end");
    expect([...tail].sort()).toEqual([
        "--storage-path /a store create -x=1 2",
        "host= no-report",
        "no end",
        "said",
    ]);
});

test("a failure is an answer with the last lines, or an error with them where it must not be", async () => {
    const folder = await tempFolder();
    const lines = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do echo line $i; done; exit 3";
    const cli = new DockerMachineCli(await executable(folder, "dm", lines), folder);
    const last = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((number) => `line ${number}`);

    const { exitCode, tail } = await cli.call(["create", "a"]);
    expect([exitCode, tail]).toEqual([3, last]);
    await expect(cli.must(["create", "a"])).rejects.toThrow(
        new Error(`docker-machine create ended with 3:\n  ${last.join("\n  ")}`),
    );
});

test("a binary that a signal ends has failed, and one that cannot run says so", async () => {
    const folder = await tempFolder();
    const cli = new DockerMachineCli(await executable(folder, "dm", "kill -9 $$"), folder);
    expect((await cli.call(["rm"])).exitCode).toBe(128);
    await expect(new DockerMachineCli(join(folder, "none"), folder).call(["ls"])).rejects.toThrow(
        /^spawn .*none ENOENT$/,
    );
});

test("its lines are shown while it runs, where that is asked for, and its process id is told", async () => {
    const folder = await tempFolder();
    const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const cli = new DockerMachineCli(await executable(folder, "dm", "echo $$"), folder);
    const started = vi.fn(() => Promise.resolve());

    const { stdout } = await cli.call(["start"], { show: true, onStart: started });

    const shown = written.mock.calls.map(([text]) => text);
    written.mockRestore();
    expect(shown).toEqual([`${stdout}\n`]);
    expect(started.mock.calls).toEqual([[Number(stdout)]]);
});

test("docker-machine is preferred to rancher-machine, and either is found on PATH", async () => {
    const first = await tempFolder();
    const second = await tempFolder();
    stubEnv("PATH", `${first}:${second}`);
    const rancher = await executable(first, "rancher-machine", "");
    expect(await findBinary(undefined)).toBe(rancher);

    const docker = await executable(second, "docker-machine", "");
    expect(await findBinary(undefined)).toBe(docker);
    expect(await findBinary("rancher-machine")).toBe(rancher);
    expect(await findBinary(docker)).toBe(docker);
});

test("a missing binary is reported with what was looked for, and how to get one", async () => {
    const folder = await tempFolder();
    stubEnv("PATH", folder);
    await writeFile(join(folder, "docker-machine"), "not executable");
    const advice =
        "; install docker-machine (the GitLab fork is maintained) or rancher-machine on PATH, or " +
        'name the binary in the setting "consul-machines:dockerMachine".';
    await expect(findBinary(undefined)).rejects.toThrow(
        new Error(`dockerMachine: found none of "docker-machine", "rancher-machine"${advice}`),
    );
    await expect(findBinary("./dm")).rejects.toThrow(
        new Error(`dockerMachine: found none of "./dm"${advice}`),
    );
});

test("no call goes through the shell's proxy to a machine, whatever else it asks through one", async () => {
    const folder = await tempFolder();
    stubEnv("HTTP_PROXY", "http://127.0.0.1:9");
    stubEnv("NO_PROXY", "registry.corp");
    const store = join(folder, "store");
    await mkdir(join(store, "machines", "dev-server-1"), { recursive: true });
    const described = { Driver: { IPAddress: "203.0.113.5" } };
    const file = join(store, "machines", "dev-server-1", "config.json");
    await writeFile(file, JSON.stringify(described));
    const print = 'echo "$HTTP_PROXY $NO_PROXY $no_proxy"';
    const binary = await executable(folder, "docker-machine", print);

    const words = ["create", "--driver=generic", "--generic-ip-address=10.0.0.12", "dev-server-2"];
    const { stdout } = await new DockerMachineCli(binary, store).call(words);
    const excepted = "registry.corp,10.0.0.12,203.0.113.5";
    expect(stdout).toBe(`http://127.0.0.1:9 ${excepted} ${excepted}`);
});
