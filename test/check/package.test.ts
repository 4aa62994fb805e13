import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import * as library from "../../components/index.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import packageJson from "../../package.json" with { type: "json" };
import { mustPass } from "./support/mustPass.ts";

const packed = z.tuple([
    z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
]);

/** Built outside of the project, where a `dist` would be taken for sources. */
describe("package", () => {
    let folder = "";
    let tarball = "";
    let files: readonly string[] = [];

    const inProject = { cwd: projectRoot };
    const npx = (...args: string[]) => mustPass("npx", ["--no-install", ...args], inProject);

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "consul-machines-package-"));
        const copied = packageJson.files.filter((path) => path !== "dist");
        for (const path of ["package.json", "README.md", "LICENSE", ...copied]) {
            await cp(join(projectRoot, path), join(folder, path), { recursive: true });
        }
        await npx("tsc", "--project", "tsconfig.build.json", "--outDir", join(folder, "dist"));
        const printed = await mustPass("npm", ["pack", "--ignore-scripts", "--json"], {
            cwd: folder,
        });
        const [{ filename, files: listed }] = packed.parse(JSON.parse(printed));
        tarball = join(folder, filename);
        files = listed.map(({ path }) => path);
    });

    afterAll(() => rm(folder, { recursive: true, force: true }));

    it("contents", () => {
        expect(files).toEqual(
            expect.arrayContaining([
                "LICENSE",
                "README.md",
                "package.json",
                "dist/components/index.js",
                "dist/components/index.d.ts",
                "dist/scripts/entry.js",
                "scripts/lab/recipe/Dockerfile",
            ]),
        );
        expect(files.filter((path) => /^(dist\/)?(test|cli|program)\//.test(path))).toEqual([]);
    });

    it("publint", async () => {
        await npx("publint", "run", tarball, "--strict");
    });

    it("attw", async () => {
        // The package is of ES modules alone.
        await npx("attw", tarball, "--profile", "esm-only");
    });

    it("exports", async () => {
        // By its own name, as its users import it.
        await mustPass("tar", ["--extract", "--file", tarball], { cwd: folder });
        const root = join(folder, "package");
        await symlink(join(projectRoot, "node_modules"), join(root, "node_modules"));
        const script = `import * as it from "${packageJson.name}"; console.log(Object.keys(it).join());`;
        const args = ["--input-type=module", "--eval", script];
        const names = await mustPass(process.execPath, args, { cwd: root });
        expect(names.trim().split(",").sort()).toEqual(Object.keys(library).sort());
    });

    it("peers", () => {
        // The minimum is what it is tested with.
        const { devDependencies, peerDependencies } = packageJson;
        expect(peerDependencies).toEqual({
            "@pulumi/docker": `^${devDependencies["@pulumi/docker"]}`,
            "@pulumi/pulumi": `^${devDependencies["@pulumi/pulumi"]}`,
        });
    });
});
