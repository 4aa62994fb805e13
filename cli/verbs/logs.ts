import { containerLog, type LogLine } from "../engine/containerLogs.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { containerOf } from "./placedContainer.ts";
import { openedCluster, type Verb } from "./verb.ts";

/** Lines that are printed where no number is given. */
const usualLines = 100;

/** Prints the log of a node's agent; with `--json` a line of JSON for each of its lines. */
export const logs: Verb = async (call) => {
    const [node = ""] = call.args;
    const { json, follow, since, tail } = call.options;
    const from = since === undefined ? undefined : secondsOf(since);
    const { cluster } = await openedCluster(call);
    const { container, engine } = containerOf(cluster, node);
    const request = {
        follow,
        since: from,
        tail: tail ?? (from === undefined ? usualLines : undefined),
    };
    try {
        for await (const line of containerLog(engine, container, request)) {
            process.stdout.write(`${json ? JSON.stringify(asJson(node, line)) : line.line}\n`);
        }
    } catch (error) {
        throw new TaskFailure(`${node}: its log cannot be read: ${describeError(error)}`);
    }
};

function asJson(node: string, line: LogLine): object {
    return { node, ...line };
}

const units = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * The moment that `--since` names, in seconds since 1970: a duration before now, or a moment of its own.
 *
 * @throws TaskFailure for anything else.
 */
export function secondsOf(text: string, now = Date.now()): number {
    const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
    if (count !== undefined) {
        const seconds = Object.entries(units).find(([name]) => name === unit)?.[1] ?? 1;
        return Math.floor(now / 1000) - Number(count) * seconds;
    }
    const moment = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(moment)) {
        throw new TaskFailure(
            `--since: got "${text}"; expected a duration, such as 30s, 10m or 2h, or a moment, such as 2026-10-03T10:00:00Z`,
            exitCodes.misused,
        );
    }
    return Math.floor(moment / 1000);
}
