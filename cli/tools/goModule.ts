import { join } from "node:path";
import { findProgram, run, mustRun } from "../../scripts/system/process.ts";
import { projectRoot } from "./paths.ts";
import { isAtLeast, versionIn, versions } from "./versions.ts";

/** A program to be built from a Go module; its `go.mod` and `go.sum` pin all dependencies. */
export interface GoProgram {
    /** The folder that holds its go.mod, relative to the project. */
    readonly folder: string;
    /** The package to build. */
    readonly package: string;
    /** Variables to set while linking: `path/to/package.Name=value`. */
    readonly set?: readonly string[];
    /** The platform to build for, as Go names it. @default this one */
    readonly platform?: { readonly os: string; readonly arch: string };
}

/** Builds a program from its Go module into a file. */
export async function buildGoProgram(program: GoProgram, path: string): Promise<void> {
    const go = await findGo();
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

/** Go, on PATH or where it is usually installed; throws with what to install where there is none. */
async function findGo(): Promise<string> {
    const advice = `install Go ${versions.go.minimum} or later from https://go.dev/dl/`;
    // Go's own instructions put it here, and leave PATH to the user's shell profile.
    const go =
        (await findProgram(["go"])) ??
        (await findProgram(["go"], ["/usr/local/go/bin", "/usr/lib/go/bin"]));
    if (go === undefined) {
        throw new Error(`there is no Go: ${advice}`);
    }
    const version = versionIn((await run(go, ["env", "GOVERSION"])).stdout.replace(/^go/, ""));
    // From 1.21 on, Go fetches by itself whatever newer Go a module asks for.
    if (version === undefined || !isAtLeast(version, versions.go.minimum)) {
        throw new Error(`${go} is Go ${version ?? "of unknown version"}: ${advice}`);
    }
    return go;
}

/** This processor, as Go and container images name it. */
export function goArch(arch: string = process.arch): string {
    return { x64: "amd64", ia32: "386" }[arch] ?? arch;
}
