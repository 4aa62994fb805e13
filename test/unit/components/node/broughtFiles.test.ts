import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import {
    filesDigest,
    filesOf,
    nodeFiles,
    resolveFiles,
    secretEnvironmentParts,
    type BroughtFilesArgs,
} from "../../../../components/node/broughtFiles.ts";
import { fileProblems, largestFile } from "../../../../components/node/fileProblems.ts";
import { valueOf } from "../../../support/declare.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const at = (name: string) => `/consul-machines/files/${name}`;

const resolved = async (args: BroughtFilesArgs) => valueOf(resolveFiles(filesOf(args)));

describe("the files of an agent", () => {
    test("are in the order of their paths, with modes as numbers, for the agent alone by default", async () => {
        const source = join(await tempFolder(), "source");
        await writeFile(source, "of a file\n");
        const files = { [at("b")]: { source, mode: "755" }, [at("a")]: { content: "text" } };
        expect(filesOf({ files })).toEqual([
            { path: at("a"), mode: 0o600, text: "text" },
            { path: at("b"), mode: 0o755, text: "of a file\n" },
        ]);
    });

    test("are secret where that is said, and where they are given so", async () => {
        const files = {
            [at("a")]: { content: pulumi.secret("given") },
            [at("b")]: { content: "said", secret: true },
            [at("c")]: { content: "plain" },
        };
        const secret = filesOf({ files }).map(({ text }) => pulumi.isSecret(pulumi.output(text)));
        expect(await Promise.all(secret)).toEqual([true, true, false]);
        expect((await resolved({ files })).map(({ text }) => text)).toEqual([
            "given",
            "said",
            "plain",
        ]);
    });

    test("are a node's own before its role's, and its role's before those of all", () => {
        const text = (content: string) => ({ content });
        const all = {
            files: { [at("a")]: text("all"), [at("b")]: text("all"), [at("c")]: text("all") },
            serverFiles: { [at("b")]: text("servers"), [at("c")]: text("servers") },
            clientFiles: { [at("d")]: text("clients") },
        };
        expect(nodeFiles(all, "server", { [at("c")]: text("own") })).toEqual({
            [at("a")]: text("all"),
            [at("b")]: text("servers"),
            [at("c")]: text("own"),
        });
        expect(Object.keys(nodeFiles(all, "client", undefined) ?? {})).toHaveLength(4);
        expect(nodeFiles({ serverFiles: all.serverFiles }, "client", undefined)).toBeUndefined();
    });
});

describe("a secret environment", () => {
    const values = { B: 'it\'s $HOME `x` "y"\nand\\more', A: "1" };

    test("is a file that a shell reads as it was meant", async () => {
        const [file] = await resolved({ secretEnvironment: values });
        expect(file).toMatchObject({ path: "/consul-machines/secret/environment", mode: 0o600 });
        const script = `${file?.text ?? ""}printf '%s|%s' "$A" "$B"`;
        expect(execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" })).toBe(`1|${values.B}`);
        expect(await pulumi.isSecret(resolveFiles(filesOf({ secretEnvironment: values })))).toBe(
            true,
        );
    });

    test("has the license of Consul Enterprise in a file of its own, which needs no shell", async () => {
        const secretEnvironment = { CONSUL_LICENSE: "02MV" };
        expect(await resolved({ secretEnvironment })).toEqual([
            { path: "/consul-machines/secret/license", mode: 0o600, text: "02MV" },
        ]);
        expect(secretEnvironmentParts({ secretEnvironment })).toEqual({
            environment: { CONSUL_LICENSE_PATH: "/consul-machines/secret/license" },
        });
    });

    test("is read before the image's entry point begins, or Consul", async () => {
        const folder = await tempFolder();
        const { environment, entrypoints = [] } = secretEnvironmentParts({
            secretEnvironment: { A: "" },
        });
        expect(environment).toEqual({});
        const [shell = "", flag = "", script = "", ...words] = entrypoints;
        await writeFile(join(folder, "environment"), "export A=secret\n");
        const here = script.replace(
            "/consul-machines/secret/environment",
            join(folder, "environment"),
        );
        const run = async (name: string) => {
            const bin = join(folder, name);
            await mkdir(bin);
            await writeFile(join(bin, name), '#!/bin/sh\necho "$0 $* $A"\n', { mode: 0o755 });
            const env = { PATH: bin };
            return execFileSync(shell, [flag, here, ...words, "agent", "-x=a b"], {
                env,
                encoding: "utf8",
            });
        };
        expect(await run("consul")).toMatch(/\/consul agent -x=a b secret\n$/);
        expect(await run("docker-entrypoint.sh")).toMatch(/entrypoint.sh agent -x=a b secret\n$/);
    });

    test("is nothing where there is none", () => {
        expect(secretEnvironmentParts({})).toEqual({ environment: {} });
        expect(filesOf({})).toEqual([]);
        expect(filesDigest([])).toBeUndefined();
    });
});

describe("the digest of files", () => {
    const digest = async (args: BroughtFilesArgs) =>
        valueOf(pulumi.output(filesDigest(filesOf(args))));
    const of = (content: pulumi.Input<string>, mode = "0600") => ({
        files: { [at("a")]: { content, mode } },
    });

    test("is another one for another text, mode or path", async () => {
        const all = [of("a"), of("b"), of("a", "0644"), { files: { [at("b")]: { content: "a" } } }];
        expect(new Set(await Promise.all(all.map(digest))).size).toBe(all.length);
        expect(await digest(of("a"))).toBe(await digest(of("a")));
    });

    test("of secrets is no secret, and no plain hash by which a short one is found", async () => {
        const files = filesOf(of(pulumi.secret("hunter2")));
        const made = pulumi.output(filesDigest(files));
        expect(await pulumi.isSecret(made)).toBe(false);
        expect(await valueOf(made)).toMatch(/^[0-9a-f]{64}$/);
        expect(await valueOf(made)).not.toBe(await digest(of("hunter2")));
        expect(await valueOf(made)).toBe(await digest(of(pulumi.secret("hunter2"))));
        expect(await valueOf(made)).not.toBe(await digest(of(pulumi.secret("hunter3"))));
    });
});

describe("files that are refused", () => {
    test("are too large, each or together", () => {
        const large = "x".repeat(largestFile);
        expect(fileProblems("files", { [at("a")]: { content: `${large}x` } })).toEqual([
            `files["${at("a")}"]: got 262145 bytes; at most 262144: the state has them for each node`,
        ]);
        const five = Object.fromEntries(
            ["a", "b", "c", "d", "e"].map((name) => [at(name), { content: large }]),
        );
        expect(fileProblems("files", five)).toEqual([
            "files: got 1310720 bytes in all; at most 1048576: the state has them for each node",
        ]);
    });

    test("are no text, or a key that is not said to be one", async () => {
        const folder = await tempFolder();
        await writeFile(join(folder, "binary"), Buffer.from([0xff, 0xfe, 0x00]));
        await writeFile(join(folder, "key"), "-----BEGIN EC PRIVATE KEY-----\n");
        await writeFile(join(folder, "long"), "x".repeat(largestFile + 1));
        const [binary, key, long] = ["binary", "key", "long"].map((name) => join(folder, name));
        expect(
            fileProblems("files", {
                [at("a")]: { source: binary },
                [at("b")]: { source: key },
                [at("c")]: { source: key, secret: true },
                [at("d")]: { source: long },
            }),
        ).toEqual([
            `files["${at("a")}"].source: got "${binary ?? ""}"; it is no text in UTF-8; other files have to be in the image`,
            `files["${at("b")}"]: looks like a private key, and is kept in clear; say that it is one: ` +
                `\`pulumi config set --path 'files["${at("b")}"].secret' true\``,
            `files["${at("d")}"].source: got "${long ?? ""}"; it has more than 262144 bytes: the state has them for each node`,
        ]);
    });

    test("are not those whose content is encrypted in the stack file, but for their mode", () => {
        const content = "-----BEGIN EC PRIVATE KEY-----";
        expect(fileProblems("files", { [at("a")]: { content } }, true)).toEqual([]);
        const script = { content: "#!/bin/sh", mode: "0755" };
        expect(fileProblems("files", { [at("a")]: script }, true)).toEqual([]);
        expect(fileProblems("files", { [at("a")]: { content, mode: "0444" } }, true)).toEqual([
            `files["${at("a")}"].mode: got "0444"; a secret file is for the agent alone: "0400", "0500", "0600" or "0700"`,
        ]);
    });
});
