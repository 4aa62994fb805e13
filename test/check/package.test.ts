import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import * as library from "../../components/index.ts";
import { projectRoot } from "../../cli/tools/paths.ts";
import packageJson from "../../package.json" with { type: "json" };
import policyJson from "../../policy/package.json" with { type: "json" };
import { mustPass } from "./support/mustPass.ts";

const packed = z.tuple([
    z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) }),
]);

/** Built outside of the project, where a `dist` would be taken for sources. */
describe("package", () => {
    let folder = "";
    let tarball = "";
    let files: readonly string[] = [];
    /** Where it is as its users have it: with the packages that it asks for, and no others. */
    let installed = "";
    const modules = join(projectRoot, "node_modules");

    const inProject = { cwd: projectRoot };
    const npx = (...args: string[]) => mustPass("npx", ["--no-install", ...args], inProject);

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "consul-machines-package-"));
        const copied = packageJson.files.filter((path) => path !== "dist");
        for (const path of ["package.json", "README.md", "LICENSE", "policy", ...copied]) {
            await cp(join(projectRoot, path), join(folder, path), { recursive: true });
        }
        await npx("tsc", "--project", "tsconfig.build.json", "--outDir", join(folder, "dist"));
        await mustPass("npm", ["run", "build:policy"], { cwd: folder });
        const printed = await mustPass("npm", ["pack", "--ignore-scripts", "--json"], {
            cwd: folder,
        });
        const [{ filename, files: listed }] = packed.parse(JSON.parse(printed));
        tarball = join(folder, filename);
        files = listed.map(({ path }) => path);

        await mustPass("tar", ["--extract", "--file", tarball], { cwd: folder });
        installed = join(folder, "package");
        const { dependencies, peerDependencies } = packageJson;
        for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
            const link = join(installed, "node_modules", name);
            await mkdir(dirname(link), { recursive: true });
            await symlink(join(modules, name), link);
        }
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
                "scripts/hosts/look.sh",
                "dist/policy/PulumiPolicy.yaml",
                "dist/policy/index.js",
                "dist/policy/package.json",
                "scripts/lab/recipe/Dockerfile",
            ]),
        );
        expect(files.filter((path) => /^((dist\/)?(test|program)|policy)\//.test(path))).toEqual(
            [],
        );
        // Of the command lines the commands of a stack alone: nothing that makes, tests or measures this project.
        const ofOthers = /^dist\/cli\/(clone|bench|example|testing|tools\/(?!paths))|^cli\//;
        expect(files.filter((path) => ofOthers.test(path))).toEqual([]);
    });

    it("command", async () => {
        const { bin, version } = packageJson;
        const command = join(installed, bin["consul-machines"]);
        // As npm installs it: by a link in another package, run by its first line.
        const link = join(folder, "user", "node_modules", ".bin", "consul-machines");
        await mkdir(dirname(link), { recursive: true });
        await chmod(command, 0o755);
        await symlink(command, link);
        const run = (...words: string[]) => mustPass(link, words, { cwd: join(folder, "user") });
        expect((await run("--version")).trim()).toBe(version);
        expect(await run("status", "--help")).toContain("Usage: consul-machines status [options]");
        // With all that it takes to look for a stack.
        const looked = run("status", "--json");
        await expect(looked).rejects.toThrow("there is no Pulumi.yaml in it or above it");
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
        const script = `import * as it from "${packageJson.name}"; console.log(Object.keys(it).join());`;
        const args = ["--input-type=module", "--eval", script];
        const names = await mustPass(process.execPath, args, { cwd: installed });
        expect(names.trim().split(",").sort()).toEqual(Object.keys(library).sort());
    });

    it("declarations", async () => {
        // They hold without the types of packages that only the tests and scripts have.
        await writeFile(join(installed, "user.ts"), `export * from "${packageJson.name}";\n`);
        const types = ["--types", "node", "--typeRoots", join(modules, "@types")];
        const options = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext"];
        const tsc = join(modules, ".bin/tsc");
        await mustPass(tsc, [...options, ...types, "user.ts"], { cwd: installed });
    });

    it("policy pack", async () => {
        // Started as Pulumi does it; what it prints first is its port.
        const script = `
            const print = console.log;
            console.log = (port) => { print(port); process.exit(); };
            require(process.cwd());`;
        const args = ["--input-type=commonjs", "--eval", script];
        const cwd = join(installed, "dist", "policy");
        expect(await mustPass(process.execPath, args, { cwd })).toMatch(/^\d+\n$/);
        expect(policyJson.version).toBe(packageJson.version);
    });

    it("peers", () => {
        // The minimum is what it is tested with.
        const { devDependencies, peerDependencies } = packageJson;
        expect(peerDependencies).toEqual({
            "@pulumi/docker": `^${devDependencies["@pulumi/docker"]}`,
            "@pulumi/policy": `^${devDependencies["@pulumi/policy"]}`,
            "@pulumi/pulumi": `^${devDependencies["@pulumi/pulumi"]}`,
            "js-hcl-parser": `^${devDependencies["js-hcl-parser"]}`,
        });
    });
});
