import { engineOf } from "../machine/machineEngine.ts";
import { describeError } from "../system/progress.ts";
import type { ContainerRef } from "../protocol/requests.ts";

/** The last lines of a container's log; one line saying why not, where there is no reading it. */
export async function containerLog(source: ContainerRef, lines = 15): Promise<string[]> {
    try {
        const engine = await engineOf(source.store, source.machine);
        const query = `stdout=true&stderr=true&tail=${lines}`;
        const name = encodeURIComponent(source.container);
        return withoutFrames(await engine.text(`/containers/${name}/logs?${query}`));
    } catch (error) {
        return [`(not to be had: ${describeError(error)})`];
    }
}

/** Bytes before each piece of the log of a container without a terminal: its stream, three zeros,
 * its length. */
const frameHeader = 8;

/** Drops the headers with which the engine marks each piece of a log. */
export function withoutFrames(text: string): string[] {
    return text
        .split("\n")
        .map((line) => (line.charCodeAt(0) <= 2 ? line.slice(frameHeader) : line))
        .filter((line) => line.trim() !== "");
}
