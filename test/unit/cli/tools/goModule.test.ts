import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readGoMod } from "../../../../cli/tools/goModule.ts";

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
