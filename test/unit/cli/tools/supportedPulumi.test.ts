import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { satisfies } from "semver";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { projectRoot } from "../../../../cli/tools/paths.ts";
import { versions } from "../../../../cli/tools/versions.ts";
import { supportedPulumi } from "../../../../components/pulumi/supportedPulumi.ts";
import packageJson from "../../../../package.json" with { type: "json" };

const { oldest, newest } = versions.pulumi;
const textOf = (file: string) => readFileSync(join(projectRoot, file), "utf8");

it("is the same range for each program of the project, from the oldest on", () => {
    const files = globSync(["Pulumi.yaml", "examples/*/Pulumi.yaml"], { cwd: projectRoot });
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
        expect(parse(textOf(file))).toMatchObject({ requiredPulumiVersion: supportedPulumi });
    }
    expect(supportedPulumi).toMatch(`>=${oldest} `);
    expect(satisfies(newest, supportedPulumi)).toBe(true);
});

it("is as new as the SDK", () => {
    expect(newest).toBe(packageJson.devDependencies["@pulumi/pulumi"]);
});

it.each(["oldest", "newest"] as const)("has a Go module of the %s", (which) => {
    const module = textOf(`cli/tools/go/pulumi-${which}/go.mod`);
    expect(module).toContain(
        `require github.com/pulumi/pulumi/pkg/v3 v${versions.pulumi[which]}\n`,
    );
});

it("is listed in docs/upgrade.md, and in the README", () => {
    for (const version of [oldest, newest]) {
        expect(textOf("docs/upgrade.md")).toMatch(new RegExp(`^\\| ${version} +\\|`, "m"));
        expect(textOf("README.md")).toContain(version.replace(/\.0$/, ""));
    }
});
