import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { examplesFolder, exampleNames } from "../../cli/example/examples.ts";
import { declaredByExample } from "../support/pages/exampleProgram.ts";
import { expectPart } from "../support/pages/generatedPart.ts";
import { topologyOf } from "../support/pages/topology.ts";

describe.each(exampleNames())("the example %s", (name) => {
    const folder = join(examplesFolder, name);
    const read = (file: string) => readFileSync(join(folder, file), "utf8");

    it("has the picture of what its program declares in its README", async () => {
        const picture = topologyOf(await declaredByExample(name));
        await expectPart(join(folder, "README.md"), "topology", picture);
    });

    it("leaves its folder for the library alone, so that it can be copied", () => {
        const programs = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
            (file) => file.endsWith(".ts") && file !== "check.ts" && !file.startsWith(".state"),
        );
        const outside = programs
            .flatMap((file) => [...read(file).matchAll(/from "(\.\.[^"]*)"/g)])
            .map(([, from]) => from);
        expect(new Set(outside)).toEqual(new Set(["../../components/index.ts"]));
    });

    it("is called like its folder, and says how it is run and taken away", () => {
        expect(read("Pulumi.yaml")).toMatch(new RegExp(`^name: ${name}$`, "m"));
        expect(read("README.md")).toMatch(new RegExp(`^npm run example -- ${name} +#`, "m"));
        expect(read("README.md")).toMatch(new RegExp(`^npm run example -- ${name} --destroy`, "m"));
        expect(read("README.md").split("\n").length).toBeLessThan(120);
        expect(read("Pulumi.dev.yaml")).not.toContain("encryptionsalt");
    });
});
