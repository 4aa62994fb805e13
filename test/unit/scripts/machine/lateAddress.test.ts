import { spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
    isLateAddress,
    layStarter,
    removeStarter,
    starterText,
} from "../../../../scripts/machine/lateAddress.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import { fakeDockerMachine, type Behaviour } from "../../../support/fakeDockerMachine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const machine = "dev-server-1";

/** What an engine keeps of a container that it could not start. */
const late = "bind: cannot assign requested address";

/** What the unit runs, as systemd reads it. */
function command(): string {
    const [, line = ""] = /^ExecStart=\/bin\/sh -c '(.*)'$/m.exec(starterText()) ?? [];
    return line.replaceAll("$$", "$").replaceAll("%%", "%");
}

/**
 * Runs it beside a `docker` of the test's own.
 *
 * @param errors what the engine keeps of each stopped container; one that starts is forgotten.
 * @param fails how often each cannot be started before.
 * @returns what it was asked for besides lists, in order.
 */
async function runBeside(errors: Readonly<Record<string, string>>, fails = 0): Promise<string[]> {
    const folder = await tempFolder();
    const stopped = join(folder, "stopped");
    await mkdir(stopped);
    for (const [id, error] of Object.entries(errors)) {
        await writeFile(join(stopped, id), error);
    }
    const docker = [
        "#!/bin/sh",
        `cd ${folder}`,
        "for id do :; done",
        "case $1 in",
        'ps) echo "$*" >>lists; ls stopped ;;',
        'inspect) cat "stopped/$id" ;;',
        'start) echo "start $id" >>asked',
        'tries=$(grep -c "start $id" asked)',
        `if test "$tries" -gt ${fails}; then rm "stopped/$id"; else exit 1; fi ;;`,
        "esac",
    ].join("\n");
    for (const [name, text] of [
        ["docker", docker],
        ["sleep", `#!/bin/sh\necho "sleep $1" >>${folder}/asked\n`],
    ] as const) {
        await writeFile(join(folder, name), `${text}\n`);
        await chmod(join(folder, name), 0o755);
    }
    await writeFile(join(folder, "asked"), "");
    const { status } = spawnSync("/bin/sh", ["-c", command()], {
        env: { PATH: `${folder}:${process.env.PATH ?? ""}` },
        timeout: 10_000,
    });
    expect(status).toBe(0);
    expect(await readFile(join(folder, "lists"), "utf8")).toContain(
        "ps --all --quiet --filter label=consul-machines.owner --filter status=exited",
    );
    const asked = await readFile(join(folder, "asked"), "utf8");
    return asked.split("\n").filter((line) => line !== "");
}

test.each([
    "failed to bind host port for 10.0.0.2:8300:172.17.0.2:8300/tcp: cannot assign requested address",
    "driver failed programming external connectivity on endpoint consul (4f): Error starting userland proxy: " +
        "listen tcp4 10.0.0.2:8300: bind: cannot assign requested address",
])("an engine's word for it is known: %s", (error) => {
    expect(isLateAddress(error)).toBe(true);
});

test("nothing else is taken for it", () => {
    expect(isLateAddress("bind: address already in use")).toBe(false);
    expect(isLateAddress("")).toBe(false);
});

test("the unit starts what lacked its address alone, and ends", async () => {
    expect(await runBeside({ own: late, "stopped-by-hand": "", broken: "no such image" })).toEqual([
        "start own",
    ]);
});

test("it ends at once where nothing is stopped", async () => {
    expect(await runBeside({})).toEqual([]);
});

test("it tries again until the address is there", async () => {
    expect(await runBeside({ own: late }, 2)).toEqual([
        "start own",
        "sleep 5",
        "start own",
        "sleep 5",
        "start own",
    ]);
});

/** A machine on which something is done over SSH; returns what. */
async function lay(behaviour: Behaviour = {}) {
    const { store, binary, calls } = await fakeDockerMachine(await tempFolder(), behaviour);
    const all = new Store(store);
    return { cli: await all.cli(binary), machine: all.machine(machine), calls };
}

test("it is laid down as it is, enabled, and started without waiting for it", async () => {
    const laid = await lay();
    await layStarter(laid.cli, laid.machine);
    const [call = ""] = await laid.calls();
    const [, text = ""] =
        /echo (\S+) \| base64 -d \| sudo tee \/etc\/systemd\/system\//.exec(call) ?? [];
    expect(Buffer.from(text, "base64").toString()).toBe(starterText());
    expect(call).toMatch(
        /^ssh dev-server-1 if test -d \/run\/systemd\/system; .*enable --quiet .*start --no-block .*; fi$/,
    );
});

test("a machine that does not take it is an error; one that keeps it is told of", async () => {
    const laid = await lay({ ssh: { fails: "exit status 1" } });
    await expect(layStarter(laid.cli, laid.machine)).rejects.toThrow("exit status 1");
    expect(await removeStarter(laid.cli, laid.machine)).toMatch(
        /^the unit consul-machines-address\.service is left on its host, and does nothing there: /,
    );
    const other = await lay();
    expect(await removeStarter(other.cli, other.machine)).toBeUndefined();
});
