import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram, run, mustRun, tail } from "../../scripts/system/process.ts";
import { projectRoot } from "./paths.ts";
import { isAtLeast, versionIn, versions } from "./versions.ts";

/** A program to be built from a Go module; its `go.mod` and `go.sum` pin all dependencies. */
export interface GoProgram {
    /** The folder that holds its go.mod, relative to the project. */
    readonly folder: string;
    /** The package to build; `.` for a source that is in the folder and needs no module. */
    readonly package: string;
    /** Variables to set while linking: `path/to/package.Name=value`. */
    readonly set?: readonly string[];
    /** The platform to build for, as Go names it. @default this one */
    readonly platform?: { readonly os: string; readonly arch: string };
}

/** Builds a program from its Go module into a file. */
export async function buildGoProgram(program: GoProgram, path: string): Promise<void> {
    const { go } = await findGo();
    const link = ["-s", "-w", ...(program.set ?? []).map((setting) => `-X ${setting}`)].join(" ");
    const { package: name, platform } = program;
    const build = ["build", "-mod=readonly", "-trimpath", `-ldflags=${link}`, "-o", path, name];
    await mustRun(`go build ${name} failed`, [go, ...build], {
        cwd: join(projectRoot, program.folder),
        env: {
            CGO_ENABLED: "0",
            GOWORK: "off",
            // A user's own flags could vendor, or stamp the clone's state into the program.
            GOFLAGS: "-buildvcs=false",
            ...(platform && { GOOS: platform.os, GOARCH: platform.arch }),
        },
    });
}

/** How long a module proxy may take to say that it has a module. */
const proxyWithinMs = 8000;

/**
 * Why a program cannot be built here, found out within seconds: no Go, one that is too old, or no way to its module.
 * Undefined where nothing speaks against it.
 */
export async function goObstacle({
    folder,
    package: name,
}: GoProgram): Promise<string | undefined> {
    const { go, version, toolchain, proxy } = await findGo();
    if (name === ".") {
        return undefined; // Its source is here, and it needs Go's own library alone.
    }
    const { needed, module } = readGoMod(
        await readFile(join(projectRoot, folder, "go.mod"), "utf8"),
        name,
    );
    if (toolchain.startsWith("local") && !isAtLeast(version, needed)) {
        return (
            `${go} is Go ${version}, its module needs ${needed}, and GOTOOLCHAIN=${toolchain} keeps Go from ` +
            `fetching that: install Go ${needed} or later from https://go.dev/dl/`
        );
    }
    // Outside of any module, so that it asks for this one alone; what is in Go's cache is answered from there.
    const asked = await run(go, ["list", "-m", module], {
        cwd: tmpdir(),
        env: { GOWORK: "off", GOFLAGS: "" },
        timeoutMs: proxyWithinMs,
    });
    if (asked.code === 0 || (asked.code === 124 && !proxy.startsWith("http"))) {
        return undefined; // Without a proxy Go clones the repository, which may take longer.
    }
    const why = asked.code === 124 ? `no answer within ${proxyWithinMs / 1000} s` : tail(asked, 1);
    return `${module} cannot be had from ${proxy}: ${why}`;
}

/** What a go.mod says: the Go that it needs, and the module that a package comes from. */
export function readGoMod(text: string, name: string): { needed: string; module: string } {
    const needed = /^go (\S+)$/m.exec(text)?.[1] ?? versions.go.minimum;
    const required = [...text.matchAll(/^(?:require\s+|\s+)([\w./-]+) (v\S+)/gm)];
    const found = required.find(([, path = ""]) => name === path || name.startsWith(`${path}/`));
    if (found === undefined) {
        throw new Error(`go.mod requires no module of ${name}`);
    }
    return { needed, module: found.slice(1, 3).join("@") };
}

/** A Go that was found. */
interface Go {
    readonly go: string;
    readonly version: string;
    /** Its settings GOTOOLCHAIN and GOPROXY. */
    readonly toolchain: string;
    readonly proxy: string;
}

/** Go, on PATH or where it is usually installed; throws with what to install where there is none. */
async function findGo(): Promise<Go> {
    const advice = `install Go ${versions.go.minimum} or later from https://go.dev/dl/`;
    // Go's own instructions put it here, and leave PATH to the user's shell profile.
    const go =
        (await findProgram(["go"])) ??
        (await findProgram(["go"], ["/usr/local/go/bin", "/usr/lib/go/bin"]));
    if (go === undefined) {
        throw new Error(`there is no Go: ${advice}`);
    }
    const settings = await run(go, ["env", "GOVERSION", "GOTOOLCHAIN", "GOPROXY"], {
        cwd: tmpdir(),
    });
    const [built = "", toolchain = "", proxy = ""] = settings.stdout.split("\n");
    const version = versionIn(built.replace(/^go/, ""));
    // From 1.21 on, Go fetches by itself whatever newer Go a module asks for.
    if (version === undefined || !isAtLeast(version, versions.go.minimum)) {
        throw new Error(`${go} is Go ${version ?? "of unknown version"}: ${advice}`);
    }
    return { go, version, toolchain, proxy };
}

/** This processor, as Go and container images name it. */
export function goArch(arch: string = process.arch): string {
    return { x64: "amd64", ia32: "386" }[arch] ?? arch;
}
