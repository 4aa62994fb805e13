import { createHash } from "node:crypto";
import {
    authoritiesFile,
    broughtDirectory,
    certificateFile,
    cliTokenFile,
    environmentFile,
    keyringFile,
    licenseFile,
    reloadedFile,
    tokensFile,
    type AgentFile,
} from "../protocol/agentFiles.ts";
import type { SecuredNode } from "../protocol/security.ts";
import { parseJson, property } from "../system/json.ts";
import { progress } from "../system/progress.ts";
import { checkReloaded, reloadAgent } from "./agentReload.ts";
import { isWritten, withVolumes, type NodeVolumes, type Texts } from "./configVolume.ts";

/** Seconds that an agent may take to stop before its engine kills it; it takes a fraction of one. */
const stopSeconds = 30;

/** A node of a secured cluster whose files are read or changed. */
export interface FilesOwner extends Omit<SecuredNode, "role"> {
    readonly nodeName: string;
}

/** What is stated of a node's files. */
interface StatedFiles {
    readonly digest?: string;
    readonly files?: readonly AgentFile[];
}

/** What a running agent takes anew without a restart. Its configuration is not among it: another one is another
 * container. */
const reloadedFiles = [tokensFile, authoritiesFile, certificateFile];

/**
 * A file of a node's agent, for example {@link authoritiesFile} or {@link keyringFile}.
 *
 * @returns its text; undefined where there is no such file, or the node has no container with a secured cluster's files.
 * @throws Error naming node, machine and file where its machine's engine does not answer.
 */
export async function readAgentFile(node: FilesOwner, file: string): Promise<string | undefined> {
    return withVolumes(node, undefined, async (volumes) => (await volumes.read(file))?.text);
}

/**
 * Writes those of the files that differ onto a node's volumes, and has the agent take them if it runs.
 *
 * @param texts by path, of files that a running agent reloads.
 * @returns whether the node has a container with a secured cluster's files; nothing is written where it has none.
 * @throws Error naming node, machine and file where its machine's engine does not answer, or the agent refuses them.
 */
export async function writeAgentFiles(node: FilesOwner, texts: Texts): Promise<boolean> {
    const done = await withVolumes(node, undefined, async (volumes) => {
        await bringFiles(node, volumes, texts);
        return true;
    });
    return done ?? false;
}

/**
 * Gives a node's agent these gossip keys, and starts it again: it reads them only then.
 *
 * @param keys the one in use first.
 * @returns whether the node has a container with a secured cluster's files.
 */
export async function rewriteKeyring(node: FilesOwner, keys: readonly string[]): Promise<boolean> {
    const done = await withVolumes(node, undefined, async (volumes) => {
        await volumes.write({ [keyringFile]: keyringText(keys) });
        await volumes.restartAgent(stopSeconds);
        return true;
    });
    return done ?? false;
}

/** A keyring file as Consul writes it. */
export function keyringText(keys: readonly string[]): string {
    return JSON.stringify(keys);
}

/**
 * Writes those of the files that differ, and has the agent take them if it runs: unless its container is about to be
 * replaced, for the new one may be what they fit. One that gets gossip keys is restarted.
 *
 * Whether it has taken them is on the volume as well, so that it does after an interruption between the two. The token
 * of its own commands is written last: until it has taken the files, the one before is valid.
 *
 * @param stated what the container must have been made with to remain, and the files that an operator brings; those of
 *     before are emptied. @default it remains, and so do they
 */
export async function bringFiles(
    node: FilesOwner,
    volumes: NodeVolumes,
    own: Texts,
    { digest, files }: StatedFiles = {},
): Promise<void> {
    const { agent } = volumes;
    const found = await volumes.configFiles();
    const brought = files === undefined ? [] : withEmptied(files, [...found.keys()]);
    const texts = { ...own, ...Object.fromEntries(brought.map(({ path, text }) => [path, text])) };
    const modes = Object.fromEntries(brought.map(({ path, mode }) => [path, mode]));
    const before = Object.fromEntries([...found].map(([file, { text }]) => [file, text]));
    const all = { ...before, ...texts };
    const token = cliToken(all);
    const taken = { [reloadedFile]: digestOf(all) };
    const write = (some: Texts) => {
        const differ = Object.entries(some).filter(
            ([file, text]) => !isWritten(found.get(file), text, modes[file]),
        );
        return volumes.write(Object.fromEntries(differ), modes);
    };
    if (agent?.isRunning !== true) {
        await write({ ...texts, ...token, ...taken });
    } else if (digest !== undefined && agent.digest !== digest) {
        // Were it replaced after all by one of before, that one would be told again.
        await write({ ...texts, ...token });
    } else if (keyringFile in texts) {
        // One whose data were lost: it reads its keys only at its start.
        await write({ ...texts, ...token, ...taken });
        progress(`${node.nodeName} has no gossip keys: it gets them, and starts again`);
        await volumes.restartAgent(stopSeconds);
    } else if (before[reloadedFile] === taken[reloadedFile]) {
        await write({ ...texts, ...token });
    } else {
        await write(texts);
        await reloadAgent(node, volumes, token);
        await write(token);
        await checkReloaded(node, volumes, all[certificateFile]);
        await write(taken);
    }
}

/** The files that an operator brings, and empty ones in the place of those of before: an engine can write files into a
 * volume, and remove none. */
function withEmptied(files: readonly AgentFile[], found: readonly string[]): AgentFile[] {
    const brought = new Set(files.map(({ path }) => path));
    const isOperators = (path: string) =>
        path.startsWith(`${broughtDirectory}/`) || [environmentFile, licenseFile].includes(path);
    const left = found.filter((path) => isOperators(path) && !brought.has(path));
    return [...files, ...left.map((path) => ({ path, text: "", mode: 0o600 }))];
}

/**
 * The token of the commands in the container: the one with which this agent alone is asked. It is valid before the
 * first election too, when the agent's own is refused, so the health check is right then; and it may have the agent
 * reload and leave, which the agent's own may not.
 */
function cliToken(all: Texts): Texts {
    const acl = property(parseJson(all[tokensFile] ?? ""), "acl");
    const recovery = property(property(acl, "tokens"), "agent_recovery");
    return typeof recovery === "string" ? { [cliTokenFile]: recovery } : {};
}

function digestOf(all: Texts): string {
    const hash = createHash("sha256");
    for (const file of reloadedFiles) {
        hash.update(`${file}\0${all[file] ?? ""}\0`);
    }
    return hash.digest("hex");
}
