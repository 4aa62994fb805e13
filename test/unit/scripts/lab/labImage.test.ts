import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
    codename,
    mmdebstrapArguments,
    runProgram,
    sourceFiles,
} from "../../../../scripts/lab/labBase.ts";
import type { Outcome, Run } from "../../../../scripts/system/process.ts";
import {
    ensureLabImage,
    labBaseReference,
    labDirectory,
    labImageReference,
} from "../../../../scripts/lab/labImage.ts";

const host = "unix:///tmp/an-engine.sock";
const debian = "debian:bookworm-slim";
const ok: Outcome = { code: 0, stdout: "", stderr: "" };
const targets = "Debian\t/etc/apt/sources.list.d/debian.sources:1-5\nGoogle\t/etc/apt/g.list:1\n";

/** Answers by what a command line begins with; whatever is not named succeeds in silence. */
type Answers = Readonly<Record<string, Partial<Outcome>>>;

/** An engine and an apt that only talk: every command line, and the images that it tagged. */
function pretend(answers: Answers = {}, present: readonly string[] = []) {
    const images = new Set(present);
    const calls: string[] = [];
    const paths: (string | undefined)[] = [];
    const run: Run = (program, args, { env } = {}) => {
        paths.push(env?.PATH);
        const line = [program, ...args].join(" ").replace(`docker --host ${host}`, "docker");
        calls.push(line);
        const known = Object.entries(answers).find(([start]) => line.startsWith(start));
        const outcome = { ...ok, ...known?.[1] };
        const [, verb, ...rest] = line.split(" ");
        if (program === "docker" && verb === "image") {
            outcome.stdout = images.has(rest.at(-1) ?? "") ? "27b787af8dde\n" : outcome.stdout;
        } else if (program === "docker" && outcome.code === 0) {
            const tag = verb === "build" ? rest[1] : rest.at(-1);
            images.add(tag ?? "");
        }
        return Promise.resolve(outcome);
    };
    return { run, calls, images, paths };
}

/** What was asked for, without the questions whether an image is there. */
function deeds(calls: readonly string[]): string[] {
    return calls.filter((line) => !line.startsWith("docker image")).map((line) => line.trim());
}

const silent = () => undefined;
const noRegistry: Answers = { "docker pull": { code: 1, stderr: "no such host" } };
const withApt: Answers = { "apt-get indextargets": { stdout: targets } };

describe("the image's name", () => {
    const copies: string[] = [];
    function copyOfLab(): string {
        const copy = mkdtempSync(join(tmpdir(), "lab-"));
        copies.push(copy);
        cpSync(labDirectory(), copy, { recursive: true });
        return copy;
    }
    afterEach(() => {
        for (const copy of copies.splice(0)) {
            rmSync(copy, { recursive: true });
        }
    });

    test("is a tag of twelve hexadecimal digits", () => {
        expect(labImageReference()).toMatch(/^consul-machines\/lab-machine:[0-9a-f]{12}$/);
    });

    test("depends on what the folder holds, not on where it is", () => {
        expect(labImageReference(copyOfLab())).toBe(labImageReference());
    });

    test("changes with any file, while the base changes with the packages alone", () => {
        const copy = copyOfLab();
        writeFileSync(join(copy, "rootfs/etc/motd"), "hello");
        expect(labImageReference(copy)).not.toBe(labImageReference());
        expect(labBaseReference(copy)).toBe(labBaseReference());
        writeFileSync(join(copy, "packages.txt"), "systemd\n");
        expect(labBaseReference(copy)).not.toBe(labBaseReference());
    });
});

describe("making the image", () => {
    const reference = labImageReference();
    const base = labBaseReference();
    const build = `docker build --tag ${reference} --build-arg BASE=`;

    test("does nothing where the engine has it", async () => {
        const { run, calls } = pretend({}, [reference]);
        expect(await ensureLabImage({ host }, silent, run)).toEqual({ reference, from: "engine" });
        expect(deeds(calls)).toEqual([]);
    });

    test("builds on a Debian that is pulled", async () => {
        const { run, calls } = pretend();
        const image = await ensureLabImage({ host }, silent, run);
        expect(image).toEqual({ reference, from: "registry" });
        expect(deeds(calls)).toEqual([
            `docker pull --quiet ${debian}`,
            `${build}${debian} --network default ${labDirectory()}`,
        ]);
    });

    test("pulls nothing where the engine has that Debian", async () => {
        const { run, calls } = pretend({}, [debian]);
        await ensureLabImage({ host }, silent, run);
        expect(deeds(calls)).toEqual([`${build}${debian} --network default ${labDirectory()}`]);
    });

    test("assembles a Debian from packages where no registry answers, and needs no network then", async () => {
        const { run, calls } = pretend({ ...noRegistry, ...withApt });
        const lines: string[] = [];
        const image = await ensureLabImage({ host }, (line) => lines.push(line), run);
        expect(image).toEqual({ reference, from: "packages" });
        const [, , , , mmdebstrap, imported, built] = deeds(calls);
        expect(mmdebstrap).toMatch(
            /^mmdebstrap --quiet .* \/etc\/apt\/sources.list.d\/debian.sources$/,
        );
        expect(imported).toContain(
            "docker import --change LABEL consul-machines.cache=lab-machine",
        );
        expect(imported).toMatch(new RegExp(`/root.tar ${base}$`));
        expect(built).toBe(`${build}${base} --network none ${labDirectory()}`);
        expect(lines).toContain("lab image: docker pull: got exit code 1; no such host");
    });

    test("assembles no second base for another configuration", async () => {
        const { run, calls } = pretend(noRegistry, [base]);
        await ensureLabImage({ host }, silent, run);
        expect(deeds(calls).some((line) => line.startsWith("mmdebstrap"))).toBe(false);
    });

    test("uses mmdebstrap's package without installing it", async () => {
        const missing = { "mmdebstrap --version": { code: 127 } };
        const { run, calls, paths } = pretend({ ...noRegistry, ...withApt, ...missing });
        await ensureLabImage({ host }, silent, run);
        const download = calls.indexOf("apt-get download mmdebstrap");
        const made = calls.findIndex((line) => line.startsWith("mmdebstrap --quiet"));
        expect(made).toBeGreaterThan(download);
        // Its companion mmtarfilter, which it looks for on PATH, is found beside it.
        const [first = "", ...rest] = paths[made]?.split(":") ?? [];
        expect(first).toMatch(/\/consul-machines-lab-\w+\/usr\/bin$/);
        expect(rest.join(":")).toBe(process.env.PATH);
    });

    test("tags nothing when a build fails, and says what to do", async () => {
        const { run, images } = pretend({
            ...noRegistry,
            ...withApt,
            "mmdebstrap --quiet": { code: 25, stderr: "E: no space left" },
        });
        const failure = ensureLabImage({ host }, silent, run);
        await expect(failure).rejects.toThrow(
            [
                `lab image: got no base to build on at "${host}"; one of these is needed:`,
                `  a way to a registry: "docker pull ${debian}" must work on that engine`,
                `  an engine that has it: "docker save ${debian}" elsewhere, "docker load" here`,
                `  Debian or Ubuntu with working apt sources, as root: "apt-get install mmdebstrap"`,
                "What was tried:",
                "  docker pull: got exit code 1; no such host",
                "  mmdebstrap: got exit code 25; E: no space left",
            ].join("\n"),
        );
        expect([...images]).toEqual([]);
    });

    test("says that apt has no source of the distribution, after an update of its lists", async () => {
        const { run, calls } = pretend(noRegistry);
        await expect(ensureLabImage({ host }, silent, run)).rejects.toThrow(
            "apt: got no source of Debian or Ubuntu; see /etc/apt/sources.list.d.",
        );
        expect(deeds(calls)).toContain("apt-get update");
    });

    test("says at once that no engine answers", async () => {
        const down = { "docker image": { code: 1, stderr: "Cannot connect to the daemon" } };
        const { run, calls } = pretend(down);
        await expect(ensureLabImage({ host }, silent, run)).rejects.toThrow(
            "docker image: got exit code 1; Cannot connect to the daemon",
        );
        expect(calls).toHaveLength(1);
    });
});

describe("assembling the root filesystem", () => {
    test("takes the distribution's own sources, each file once", () => {
        const more = "Debian\t/etc/apt/sources.list.d/debian.sources:8-12\nUbuntu\t/etc/apt/u:3\n";
        expect(sourceFiles(targets + more)).toEqual([
            "/etc/apt/sources.list.d/debian.sources",
            "/etc/apt/u",
        ]);
    });

    test("reads the release's name", () => {
        expect(codename("ID=debian\nVERSION_CODENAME=bookworm\n")).toBe("bookworm");
        expect(codename('VERSION_CODENAME="noble"\n')).toBe("noble");
        expect(() => codename("ID=alpine\n")).toThrow(
            "/etc/os-release: got no VERSION_CODENAME; a Debian or Ubuntu has one.",
        );
    });

    test("leaves no source, proxy, name or key of this computer in the tree", () => {
        const args = mmdebstrapArguments({
            suite: "bookworm",
            archive: "/t/root.tar",
            packages: ["systemd", "sudo"],
            sources: ["/etc/apt/sources.list"],
            proxies: ['Acquire::http::Proxy "http://p:1";'],
        });
        expect(args).toContain("--include=systemd,sudo");
        expect(args).toContain('--aptopt=Acquire::http::Proxy "http://p:1";');
        expect(args.slice(-3)).toEqual(["bookworm", "/t/root.tar", "/etc/apt/sources.list"]);
        expect(args.filter((arg) => arg.startsWith("--customize-hook="))).toEqual([
            `--customize-hook=cd "$1/etc" && rm -rf resolv.conf hostname ssh/ssh_host_*`,
            `--customize-hook=cd "$1/etc/apt" && rm -rf ` +
                "sources.list sources.list.d auth.conf.d apt.conf.d/99mmdebstrap",
        ]);
    });
});

describe("running a program", () => {
    test("hides the shell's choice of an engine from it", async () => {
        process.env.DOCKER_HOST = "tcp://elsewhere:2375";
        const { stdout } = await runProgram(process.execPath, ["-p", "process.env.DOCKER_HOST"]);
        delete process.env.DOCKER_HOST;
        expect(stdout).toBe("undefined\n");
    });

    test("reports one that is not there, and one that takes too long", async () => {
        expect(await runProgram("no-such-program", [])).toMatchObject({ code: 127 });
        const endless = ["-e", "setInterval(() => undefined, 1000)"];
        const { code } = await runProgram(process.execPath, endless, { timeoutMs: 200 });
        expect(code).toBe(124);
    });
});
