import type { ContainerInspectInfo } from "dockerode";
import type { TrialContainer, TrialFile } from "../protocol/agentTrial.ts";
import { sleep } from "../system/progress.ts";
import { containerLog, inspectContainer, startContainer } from "./container.ts";
import { placeContainerFiles, type FileRights, type PlacedFile } from "./containerFile.ts";
import { EngineError, type EngineApi } from "./engineApi.ts";
import { removeIdleContainer } from "./idleContainer.ts";

/** One program that is run in a container of a trial. */
export interface TrialRun {
    /** By these it is found after an interruption. */
    readonly labels: Readonly<Record<string, string>>;
    /** The arguments of its entry point. @default the agent's own */
    readonly arguments?: readonly string[];
    /** More files than the agent's own. @default none */
    readonly files?: readonly TrialFile[];
    /** A text in its log with which it has shown all that it is run for. @default it is run to its end */
    readonly until?: string;
    /** Milliseconds after which it is ended. */
    readonly limit: number;
}

/** How it ended. */
export interface TrialOutcome {
    /** Undefined where it was ended, or never started. */
    readonly exitCode: number | undefined;
    /** Whether it has printed what it was run for. */
    readonly isReached: boolean;
    /** What it printed last. */
    readonly lines: readonly string[];
    /** Why its engine did not start it; undefined where it did. */
    readonly refusal?: string;
}

/** Lines of its log that are read. */
const logLines = 200;

/** Milliseconds between two looks at it. */
const interval = 150;

/** Milliseconds for an engine to make a container. */
const createTimeoutMs = 60_000;

/**
 * Runs a program once in a container like that of an agent, and removes it in every case. It has no network: nothing of
 * a trial is seen by the cluster that runs, nor by anything else. It has none of the node's data either: they are in
 * memory, and gone with it.
 */
export async function runTrial(
    engine: EngineApi,
    container: TrialContainer,
    run: TrialRun,
): Promise<TrialOutcome> {
    const { Id } = await engine.ask<{ readonly Id: string }>("/containers/create", {
        method: "POST",
        json: creation(container, run),
        timeout: createTimeoutMs,
    });
    try {
        await placeFiles(engine, Id, container, [...container.files, ...(run.files ?? [])]);
        try {
            await startContainer(engine, Id);
        } catch (error) {
            if (error instanceof EngineError) {
                return { exitCode: undefined, isReached: false, lines: [], refusal: error.message };
            }
            throw error;
        }
        return await watch(engine, Id, run);
    } finally {
        // What is left of it, the next trial of this node removes.
        await removeIdleContainer(engine, Id).catch(() => undefined);
    }
}

async function watch(
    engine: EngineApi,
    id: string,
    { until, limit }: TrialRun,
): Promise<TrialOutcome> {
    const end = Date.now() + limit;
    for (;;) {
        const state = (await inspectContainer(engine, id))?.State;
        const lines = await containerLog(engine, id, logLines);
        const isReached = until !== undefined && lines.some((line) => line.includes(until));
        if (isReached || Date.now() > end) {
            return { exitCode: undefined, isReached, lines };
        }
        if (state !== undefined && hasEnded(state)) {
            // A program may print its last words after the log was read, and before its end was seen.
            const all = await containerLog(engine, id, logLines);
            const refusal = state.Error === "" ? {} : { refusal: state.Error };
            return { exitCode: state.ExitCode, isReached: false, lines: all, ...refusal };
        }
        await sleep(interval);
    }
}

function hasEnded({ Status }: ContainerInspectInfo["State"]): boolean {
    return Status === "exited" || Status === "dead";
}

/** What an engine is told to make. */
function creation(container: TrialContainer, run: TrialRun): object {
    const { image, environment, user, readOnly = false, capabilities, securityOpts } = container;
    const { dataDirectory, tmpfs, memory, mounts, entrypoint } = container;
    return {
        Image: image,
        Cmd: run.arguments ?? container.arguments,
        ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
        Env: environment,
        Labels: run.labels,
        ...(user === undefined ? {} : { User: user }),
        // The image's own would run beside it.
        Healthcheck: { Test: ["NONE"] },
        HostConfig: {
            NetworkMode: "none",
            ReadonlyRootfs: readOnly,
            CapAdd: capabilities?.adds ?? [],
            CapDrop: capabilities?.drops ?? [],
            SecurityOpt: securityOpts ?? [],
            Tmpfs: { ...tmpfs, [dataDirectory]: memoryOptions(user) },
            ...(memory === undefined ? {} : { Memory: memory * 1024 * 1024 }),
            // Volumes of its own, which go with it.
            Mounts: mounts.map((Target) => ({ Type: "volume", Target })),
            // Its log is read here: another driver's could not be.
            LogConfig: { Type: "json-file", Config: {} },
        },
    };
}

/** Permissions of folders of files: as the agent's own are to it. */
const folderMode = 0o755;

function memoryOptions(user: string | undefined): string {
    const { uid, gid } = rightsOf(user);
    return uid === 0 ? "" : `uid=${uid},gid=${gid},mode=0755`;
}

/** The rights of an agent's files: for a user of its own alone, or else for whatever user its program has. */
function rightsOf(user: string | undefined): FileRights {
    const [, uid, gid] = /^(\d+):(\d+)$/.exec(user ?? "") ?? [];
    return uid === undefined
        ? { mode: 0o644, uid: 0, gid: 0 }
        : { mode: 0o600, uid: Number(uid), gid: Number(gid) };
}

/** Files on a volume are put there one volume at a time: past it the root may be read-only. */
async function placeFiles(
    engine: EngineApi,
    id: string,
    { mounts, user }: TrialContainer,
    files: readonly TrialFile[],
): Promise<void> {
    const rights = rightsOf(user);
    const volumeOf = (path: string) => mounts.find((mount) => path.startsWith(`${mount}/`)) ?? "/";
    for (const base of [...mounts, "/"]) {
        const within = files.filter(({ path }) => volumeOf(path) === base);
        const folders = [...new Set(within.flatMap(({ path }) => foldersBetween(base, path)))];
        const placed: PlacedFile[] = [
            ...folders.map((path) => ({ ...rights, path, mode: folderMode })),
            ...within.map(({ path, text, mode = rights.mode, owner }) => {
                const [uid, gid] = owner ?? [rights.uid, rights.gid];
                return { path, text, mode, uid, gid };
            }),
        ];
        if (within.length > 0) {
            await placeContainerFiles(engine, id, base, placed);
        }
    }
}

/** The folders above a file, the outer ones first, without the base itself. */
function foldersBetween(base: string, path: string): string[] {
    const parts = path.split("/").slice(1, -1);
    return parts
        .map((_, index) => `/${parts.slice(0, index + 1).join("/")}`)
        .filter((folder) => folder.length > base.length);
}
