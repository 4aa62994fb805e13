import { chmodSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isDebianLike } from "../../../../cli/tools/debianPackages.ts";
import { unreachableReason } from "../../../../cli/tools/dockerEngine.ts";
import { machineVersion, releaseName } from "../../../../cli/tools/dockerMachineTool.ts";
import { goArch } from "../../../../cli/tools/goModule.ts";
import { obtain } from "../../../../cli/tools/obtain.ts";
import { languageHostTool, pluginTool, pluginVersions } from "../../../../cli/tools/plugins.ts";
import { isAtLeast, plugins, versionIn, versions } from "../../../../cli/tools/versions.ts";

describe("versionIn", () => {
    it.each([
        ["v3.260.0", "3.260.0"],
        ["3.260.0-dev.0", "3.260.0-dev.0"],
        ["go1.26.8", undefined],
        ["1.26.8", "1.26.8"],
        ["nothing here", undefined],
    ])("%s holds %s", (text, expected) => {
        expect(versionIn(text)).toBe(expected);
    });
});

describe("isAtLeast", () => {
    it.each([
        ["22.18.0", "22.18.0", true],
        ["22.9.0", "22.18.0", false],
        ["3.260.0-dev.1+abc", "3.260.0", true],
        ["20.10.24+dfsg1", "20.10.0", true],
        ["nothing", "1.0.0", false],
    ])("%s at least %s: %s", (version, minimum, expected) => {
        expect(isAtLeast(version, minimum)).toBe(expected);
    });
});

describe("machineVersion", () => {
    it.each([
        ["docker-machine version 0.16.2-gitlab.27, build 1a2b3c", "0.16.2-gitlab.27"],
        ["rancher-machine version v0.15.0-rancher110, build HEAD", "0.15.0-rancher110"],
        ["rancher-machine version dev, build HEAD", "dev"],
        ["something else", undefined],
    ])("of %s is %s", (text, expected) => {
        expect(machineVersion(text)).toBe(expected);
    });
});

describe("releaseName", () => {
    it.each([
        ["Linux", "x64", "Linux-x86_64"],
        ["Linux", "arm64", "Linux-aarch64"],
        ["Darwin", "arm64", "Darwin-aarch64"],
    ])("of %s %s is %s", (system, processor, expected) => {
        expect(releaseName(system, processor)).toBe(expected);
    });

    it("has a checksum of the pinned release for both Linux processors", () => {
        expect(Object.keys(versions.dockerMachine.sha256)).toEqual([
            "Linux-x86_64",
            "Linux-aarch64",
        ]);
        for (const sum of Object.values(versions.dockerMachine.sha256)) {
            expect(sum).toMatch(/^[0-9a-f]{64}$/);
        }
    });
});

describe("languageHostTool", () => {
    const pulumiIn = (folder: string) => {
        const path = join(folder, "pulumi");
        writeFileSync(path, "");
        return { path, version: "3.260.0" };
    };

    it("finds the host beside the CLI, also where the CLI is but a link", async () => {
        const [home, links] = [
            mkdtempSync(join(tmpdir(), "p-")),
            mkdtempSync(join(tmpdir(), "l-")),
        ];
        const host = join(home, "pulumi-language-nodejs");
        writeFileSync(host, "");
        chmodSync(host, 0o755);
        const pulumi = pulumiIn(home);
        symlinkSync(pulumi.path, join(links, "pulumi"));
        expect(await obtain(languageHostTool(pulumi))).toBe(host);
        const linked = { ...pulumi, path: join(links, "pulumi") };
        expect(await obtain(languageHostTool(linked))).toBe(host);
    });

    it("says where to get one", () => {
        expect(languageHostTool({ path: "/bin/pulumi", version: "3.260.0" }).advice).toBe(
            "Install a release of Pulumi 3.260.0 or later, " +
                "https://www.pulumi.com/docs/install/: it brings the host along.",
        );
    });
});

describe("goArch", () => {
    it.each([
        ["x64", "amd64"],
        ["ia32", "386"],
        ["arm64", "arm64"],
    ])("of %s is %s", (arch, expected) => {
        expect(goArch(arch)).toBe(expected);
    });
});

describe("isDebianLike", () => {
    it.each([
        ['NAME="Debian"\nID=debian\n', true],
        ["ID=ubuntu\nID_LIKE=debian\n", true],
        ['ID=mint\nID_LIKE="ubuntu debian"\n', true],
        ['ID=fedora\nID_LIKE="rhel centos"\n', false],
        ["VERSION_ID=debian\n", false],
        ["", false],
    ])("%j: %s", (release, expected) => {
        expect(isDebianLike(release)).toBe(expected);
    });
});

describe("unreachableReason", () => {
    const withCode = (code: string) => Object.assign(new Error("x"), { code });

    it.each([
        [withCode("ENOENT"), "there is no such socket"],
        [withCode("ECONNREFUSED"), "nothing listens there"],
        [
            withCode("EACCES"),
            "it may not be used by this user: run `sudo usermod -aG docker $USER`, then log in again",
        ],
        [new Error("no answer within 10 s"), "no answer within 10 s"],
        ["odd", "odd"],
    ])("of %s", (error, expected) => {
        expect(unreachableReason(error)).toBe(expected);
    });
});

describe("plugins", () => {
    const list = [
        { name: "docker", kind: "resource", version: "5.2.0" },
        { name: "docker", kind: "resource", version: "4.0.0" },
        { name: "docker", kind: "language", version: "1.0.0" },
        { name: "command", kind: "resource" },
        "noise",
    ];

    it("finds the versions of one resource plugin in Pulumi's list", () => {
        expect(pluginVersions(list, "docker")).toEqual(["5.2.0", "4.0.0"]);
        expect(pluginVersions(list, "command")).toEqual([]);
        expect(pluginVersions({ not: "a list" }, "docker")).toEqual([]);
    });

    it("are the ones that the npm packages ask for", () => {
        expect(plugins).toEqual([
            { name: "command", version: "1.2.1" },
            { name: "docker", version: "5.2.0" },
        ]);
    });

    it("say how to get one where downloads do not work", () => {
        const pulumi = { path: "/bin/pulumi", version: "3.260.0" };
        const { name, advice, ways } = pluginTool(pulumi, { name: "docker", version: "5.2.0" });
        expect(name).toBe("Pulumi's docker plugin 5.2.0");
        expect(ways.map(({ kind }) => kind)).toEqual(["find", "find", "fetch"]);
        expect(advice).toContain("`pulumi plugin install resource docker 5.2.0`");
        expect(advice).toContain("https://github.com/pulumi/pulumi-docker/releases");
        expect(advice).toContain("--file <that file>`");
    });
});
