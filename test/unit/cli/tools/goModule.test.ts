import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { goObstacle, readGoMod } from "../../../../cli/tools/goModule.ts";
import { standIns } from "../../../support/standIns.ts";

describe("readGoMod", () => {
    it.each([
        ["consul", "github.com/hashicorp/consul", "github.com/hashicorp/consul@v1.20.6"],
        [
            "docker-machine",
            "github.com/rancher/machine/cmd/rancher-machine",
            "github.com/rancher/machine@v0.15.0-rancher110",
        ],
        [
            "pulumi-oldest",
            "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
            "github.com/pulumi/pulumi/pkg/v3@v3.260.0",
        ],
    ])("finds what is built of %s", (folder, name, module) => {
        const text = readFileSync(`cli/tools/go/${folder}/go.mod`, "utf8");
        const { needed, module: found } = readGoMod(text, name);
        expect(found).toBe(module);
        expect(needed).toMatch(/^1\.\d+/);
    });

    it("refuses a go.mod that does not require the package's module", () => {
        const text = "module x\n\ngo 1.21\n\nrequire example.org/ab v1.0.0\n";
        expect(readGoMod(text, "example.org/ab/cmd")).toEqual({
            needed: "1.21",
            module: "example.org/ab@v1.0.0",
        });
        expect(() => readGoMod(text, "example.org/a")).toThrow("requires no module of");
    });
});

describe("goObstacle", () => {
    const consul = { folder: "cli/tools/go/consul", package: "github.com/hashicorp/consul" };

    /** A Go of this version, and what it says of a module. */
    const go = (version: string, toolchain: string, list: string) =>
        standIns({
            go: `case "$1" in
                env) printf 'go${version}\\n${toolchain}\\nhttps://proxy.example\\n';;
                list) echo "$@" > "$(dirname "$0")/asked"; ${list};;
            esac`,
        });

    it("is none where the module can be had, which is all that is asked for", async () => {
        const folder = await go("1.21.0", "auto", "true");
        expect(await goObstacle(consul)).toBeUndefined();
        expect(readFileSync(`${folder}/asked`, "utf8")).toBe(
            "list -m github.com/hashicorp/consul@v1.20.6\n",
        );
    });

    it("is that the proxy cannot be reached, in Go's own words", async () => {
        await go("1.26.0", "auto", "echo 'dial tcp: no such host' >&2; exit 1");
        expect(await goObstacle(consul)).toBe(
            "github.com/hashicorp/consul@v1.20.6 cannot be had from https://proxy.example: " +
                "dial tcp: no such host",
        );
    });

    it("is an older Go that may not fetch the one that the module needs", async () => {
        const folder = await go("1.21.0", "local", "true");
        expect(await goObstacle(consul)).toBe(
            `${folder}/go is Go 1.21.0, its module needs 1.23.8, and GOTOOLCHAIN=local keeps Go ` +
                "from fetching that: install Go 1.23.8 or later from https://go.dev/dl/",
        );
        await go("1.23.8", "local", "true");
        expect(await goObstacle(consul)).toBeUndefined();
    });

    it("is a Go that is too old to fetch another", async () => {
        const folder = await go("1.19.8", "", "true");
        await expect(goObstacle(consul)).rejects.toThrow(
            `${folder}/go is Go 1.19.8: install Go 1.21`,
        );
    });

    it("asks for no module where the source is here", async () => {
        await go("1.21.0", "auto", "exit 1");
        const here = { folder: "cli/tools/go/registrator", package: "." };
        expect(await goObstacle(here)).toBeUndefined();
    });
});
