import { sendRequest } from "../../scripts/system/http.ts";
import { readBody } from "../../scripts/system/http.ts";
import { parseJson, property } from "../../scripts/system/json.ts";
import type { MachineEngine } from "../stack/stateContainers.ts";
import { Frames, type Piece } from "./frames.ts";

/** Which lines of a container's log are read. */
export interface LogRequest {
    /** How many of the last ones. @default all */
    readonly tail?: number | undefined;
    /** Seconds since 1970 before which there are none. @default the container's start */
    readonly since?: number | undefined;
    /** Whether those to come are waited for. @default false */
    readonly follow?: boolean;
}

/** A line of a container's log. */
export interface LogLine {
    /** When it was printed, as the engine knows it: `2026-10-03T10:00:00.123456789Z`. */
    readonly time: string;
    readonly stream: "stdout" | "stderr";
    readonly line: string;
}

/** Milliseconds that an engine may take to begin. */
const beginMs = 10_000;

/**
 * Reads the log of a container without a terminal, as all are that this project makes.
 *
 * @throws Error where its engine does not answer, or has no such container.
 */
export async function* containerLog(
    engine: MachineEngine,
    container: string,
    { tail, since, follow = false }: LogRequest,
): AsyncGenerator<LogLine> {
    const query = new URLSearchParams({
        stdout: "true",
        stderr: "true",
        timestamps: "true",
        follow: String(follow),
        tail: tail === undefined ? "all" : String(tail),
        ...(since === undefined ? {} : { since: String(since) }),
    });
    const path = `/containers/${encodeURIComponent(container)}/logs?${query.toString()}`;
    const answer = await sendRequest(engine, {
        path,
        ...(follow ? {} : { idleTimeoutMs: beginMs }),
    });
    if (answer.statusCode !== 200) {
        throw new Error(messageOf(await readBody(answer)));
    }
    const rest = { stdout: "", stderr: "" };
    for await (const piece of answer.pipe(new Frames()) as AsyncIterable<Piece>) {
        const stream = piece.isError ? "stderr" : "stdout";
        const lines = (rest[stream] + piece.bytes.toString("utf8")).split("\n");
        rest[stream] = lines.pop() ?? "";
        yield* lines.map((text) => lineOf(stream, text));
    }
    for (const stream of ["stdout", "stderr"] as const) {
        if (rest[stream] !== "") {
            yield lineOf(stream, rest[stream]);
        }
    }
}

function lineOf(stream: LogLine["stream"], text: string): LogLine {
    const [, time = "", line = ""] = /^(\S*) ?(.*?)\r?$/s.exec(text) ?? [];
    return { time, stream, line };
}

/** What an engine says of a request that it refuses. */
export function messageOf(text: string): string {
    const message = property(parseJson(text), "message");
    return typeof message === "string" ? message : text;
}
