import { chmod, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { printedWith, type Changes } from "./soundHost.ts";
import { stubEnv } from "./stubEnv.ts";
import { tempFolder } from "./tempFolder.ts";

/** A host that is reached by the program `ssh` which stands on PATH until the running test ends. */
export interface FakeHost {
    /** The words of each of its calls. */
    readonly calls: () => Promise<string[]>;
    /** Makes it another host from now on. */
    readonly change: (changes: Changes) => Promise<void>;
    /** Makes it let nobody in from now on, with this complaint of ssh's. */
    readonly shut: (complaint: string) => Promise<void>;
}

/**
 * Puts a program called ssh first on PATH, by which every host is this one.
 *
 * @param changes what is other than on a sound one; its clock is right.
 */
export async function fakeHost(changes: Changes): Promise<FakeHost> {
    const folder = await tempFolder();
    const [answer, complaint, calls] = ["answer", "complaint", "calls"].map((name) =>
        join(folder, name),
    ) as [string, string, string];
    const change = (other: Changes) =>
        writeFile(answer, printedWith({ clock: undefined, ...other }));
    const shut = (words: string) => writeFile(complaint, words);
    await Promise.all([change(changes), shut(""), writeFile(calls, "")]);
    await writeFile(
        join(folder, "ssh"),
        `#!/bin/sh\necho "$*" >>${calls}\n[ -s ${complaint} ] && { cat ${complaint} >&2; exit 255; }\nexec cat ${answer}\n`,
    );
    await chmod(join(folder, "ssh"), 0o755);
    stubEnv("PATH", `${folder}${delimiter}${process.env.PATH ?? ""}`);
    const read = async () => (await readFile(calls, "utf8")).split("\n").slice(0, -1);
    return { calls: read, change, shut };
}
