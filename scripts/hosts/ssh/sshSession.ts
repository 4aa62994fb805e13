import { chmod, constants, copyFile, readFile, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { inScratch } from "../../system/files.ts";
import { run, type Outcome } from "../../system/process.ts";
import type { HostPlan } from "../facts/hostPlan.ts";
import { keyKind, type KeyKind } from "./keyFile.ts";

/** How a session with a host ended. */
export interface Session extends Outcome {
    /** What its key file is; undefined where none is named, or it cannot be read. */
    readonly key: KeyKind | undefined;
}

/** The limits of a session. */
export interface SessionLimits {
    /** Milliseconds for all of it. */
    readonly timeoutMs: number;
    /** Seconds until the host's SSH server has greeted. */
    readonly connectSeconds: number;
}

/**
 * The words with which docker-machine calls `ssh`, but that it asks nothing of anybody, and says what is wrong.
 *
 * In particular no file of the user's is read: what their `~/.ssh/config` says is not what docker-machine does.
 */
export function sshWords(plan: HostPlan, key: string | undefined, connectSeconds: number) {
    const options = [
        "BatchMode=yes",
        "ConnectionAttempts=1",
        `ConnectTimeout=${connectSeconds}`,
        "ControlMaster=no",
        "ControlPath=none",
        "LogLevel=ERROR",
        "PasswordAuthentication=no",
        "ServerAliveInterval=60",
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        ...(key === undefined ? [] : ["IdentitiesOnly=yes"]),
    ];
    return [
        ...["-F", "none", "-T"],
        ...options.flatMap((option) => ["-o", option]),
        ...(key === undefined ? [] : ["-i", key]),
        ...["-p", String(plan.sshPort ?? 22)],
        `${plan.sshUser ?? "root"}@${plan.reachedAt ?? plan.address}`,
        "sh",
    ];
}

/**
 * Runs a script on a host, in one SSH session.
 *
 * @param ssh path of the program.
 * @param script read by `sh` on the host.
 */
export async function sshSession(
    ssh: string,
    plan: HostPlan,
    script: string,
    { timeoutMs, connectSeconds }: SessionLimits,
): Promise<Session> {
    const { sshKey } = plan;
    const text = sshKey === undefined ? undefined : await readFile(sshKey, "latin1").catch(nothing);
    const key = text === undefined ? undefined : keyKind(text);
    const call = async (keyFile: string | undefined) => ({
        ...(await run(ssh, sshWords(plan, keyFile, connectSeconds), { timeoutMs, input: script })),
        key,
    });
    if (sshKey === undefined || text === undefined || !(await isOpenToOthers(sshKey))) {
        return call(sshKey === undefined ? undefined : resolve(sshKey));
    }
    // `ssh` refuses such a key. docker-machine makes a copy that nobody else can read.
    return inScratch("ssh", async (folder) => {
        const copy = join(folder, basename(sshKey));
        await copyFile(sshKey, copy, constants.COPYFILE_EXCL);
        await chmod(copy, 0o600);
        await copyFile(`${sshKey}.pub`, `${copy}.pub`).catch(nothing);
        return call(copy);
    });
}

async function isOpenToOthers(file: string): Promise<boolean> {
    return process.platform !== "win32" && ((await stat(file)).mode & 0o077) !== 0;
}

function nothing(): undefined {
    return undefined;
}
