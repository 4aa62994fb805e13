import { createHash, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { environmentFile, licenseFile, type AgentFile } from "../../scripts/protocol/agentFiles.ts";
import type { Role } from "../agent/ports.ts";

/** A file that is brought into an agent's container. */
export interface FileArgs {
    /** Its text. A secret stays one: it is in the state as a secret, and in its file alone. One of this and `source`. */
    readonly content?: pulumi.Input<string> | undefined;
    /** The path of a file on this computer, relative to the project, that has its text. */
    readonly source?: string | undefined;
    /** Its permissions, such as `"0644"`. It belongs to the agent's user. @default "0600" */
    readonly mode?: string | undefined;
    /** Whether its text is kept as a secret, wherever it comes from. @default false: as it is given */
    readonly secret?: boolean | undefined;
}

/** Files by their absolute paths in the container, each below {@link broughtDirectory}. */
export type Files = Readonly<Record<string, FileArgs>>;

/** What an agent is given besides its configuration. */
export interface BroughtFilesArgs {
    /** Files in the agents' containers, by their paths, each below `/consul-machines/files`: certificates, a license,
     * scripts of checks. They belong to the user that runs the agent. Changing one replaces the containers that have it,
     * one server after another. @default none */
    readonly files?: Files | undefined;
    /** Extra environment of the agents that is secret. It is in no container's definition, which `docker inspect` shows,
     * but in a file that what starts the agent reads: for that the image needs `/bin/sh`, except for the license
     * (`CONSUL_LICENSE`). Changing it replaces every container. @default none */
    readonly secretEnvironment?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}

/** Files of the nodes of one role. */
export interface RoleFiles {
    /** Files of the servers alone, besides {@link BroughtFilesArgs.files}: one of the same path takes its place.
     * @default none */
    readonly serverFiles?: Files | undefined;
    /** The same of the client agents. @default none */
    readonly clientFiles?: Files | undefined;
}

/** The files of one node, from those of all nodes, of its role, and its own; undefined where there are none. */
export function nodeFiles(
    { files, serverFiles, clientFiles }: BroughtFilesArgs & RoleFiles,
    role: Role,
    own: Files | undefined,
): Files | undefined {
    const all = { ...files, ...(role === "server" ? serverFiles : clientFiles), ...own };
    return Object.keys(all).length === 0 ? undefined : all;
}

/** A file of an agent, whose text may be known later, or be a secret. */
export interface DeclaredFile extends Omit<AgentFile, "text"> {
    readonly text: pulumi.Input<string>;
}

/** Permissions of a file that states none: for the agent alone. */
const defaultMode = "0600";

/** The variable of Consul Enterprise that has its license, and the one that names a file which has it. */
const license = { variable: "CONSUL_LICENSE", path: "CONSUL_LICENSE_PATH" } as const;

/**
 * Every file that an agent is given besides what this program writes itself, in the order of their paths: what has to be
 * there wherever its configuration is to be read.
 *
 * @throws Error for one of a path on this computer that cannot be read: {@link fileProblems} says so before.
 */
export function filesOf({ files = {}, secretEnvironment = {} }: BroughtFilesArgs): DeclaredFile[] {
    const brought = Object.entries(files).map(([path, file]) => ({
        path,
        mode: Number.parseInt(file.mode ?? defaultMode, 8),
        text: textOf(file),
    }));
    const { [license.variable]: key, ...others } = secretEnvironment;
    const lines = pulumi.secret(pulumi.all(others).apply(exportLines));
    const ofEnvironment = [
        ...(key === undefined ? [] : [{ path: licenseFile, text: pulumi.secret(key) }]),
        ...(Object.keys(others).length === 0 ? [] : [{ path: environmentFile, text: lines }]),
    ];
    return [...brought, ...ofEnvironment.map((file) => ({ ...file, mode: 0o600 }))].sort(
        ({ path: one }, { path: other }) => (one < other ? -1 : 1),
    );
}

/** Which files an agent has: the same with every text known. */
export function resolveFiles(files: readonly DeclaredFile[]): pulumi.Output<AgentFile[]> {
    return pulumi.all(
        files.map((file) => pulumi.output(file.text).apply((text) => ({ ...file, text }))),
    );
}

/**
 * The parts of a container's definition by which its agent has its secret environment; none where there is none. The
 * shell ends where the official image's entry point begins, or Consul itself.
 */
export function secretEnvironmentParts({ secretEnvironment = {} }: BroughtFilesArgs): {
    readonly environment: Readonly<Record<string, string>>;
    readonly entrypoints?: string[];
} {
    const { [license.variable]: key, ...others } = secretEnvironment;
    const environment: Readonly<Record<string, string>> =
        key === undefined ? {} : { [license.path]: licenseFile };
    return Object.keys(others).length === 0
        ? { environment }
        : { environment, entrypoints: ["/bin/sh", "-c", startScript, "consul"] };
}

/** `exec` keeps it one process: the agent gets the signals of the engine itself. */
const startScript =
    `. ${environmentFile} && ` +
    'if command -v docker-entrypoint.sh >/dev/null; then exec docker-entrypoint.sh "$@"; else exec consul "$@"; fi';

/** Sorted, so that their order replaces no container. */
function exportLines(values: Readonly<Record<string, string>>): string {
    return Object.entries(values)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
        .join("");
}

function textOf({ content, source, secret = false }: FileArgs): pulumi.Input<string> {
    const text = content ?? readFileSync(source ?? "", "utf8");
    return secret ? pulumi.secret(text) : text;
}

/**
 * Digest of something that may have secrets in it, for a place where it is read: of a short secret nobody finds the text
 * by trying. It takes some hundredths of a second, once for each text.
 */
export function secretDigest(text: string): string {
    const known = digests.get(text);
    const digest = known ?? scryptSync(text, "consul-machines", 32).toString("hex");
    digests.set(text, digest);
    return digest;
}

const digests = new Map<string, string>();

/** Digest of files, to tell them from others; undefined where there are none. */
export function filesDigest(files: readonly DeclaredFile[]): pulumi.Input<string> | undefined {
    const plain = files.flatMap(({ text, ...file }) =>
        typeof text === "string" ? [{ ...file, text }] : [],
    );
    if (files.length === 0) {
        return undefined;
    }
    return plain.length === files.length
        ? createHash("sha256").update(JSON.stringify(plain)).digest("hex")
        : pulumi.unsecret(resolveFiles(files).apply((all) => secretDigest(JSON.stringify(all))));
}
