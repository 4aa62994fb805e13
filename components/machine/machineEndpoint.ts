import type { MachineEndpoint } from "../../scripts/protocol/machineEndpoint.ts";

const fields = ["address", "endpoint", "bridgeAddress", "dockerVersion", "ca", "cert", "key"];

/**
 * Reads what a machine's Command printed.
 *
 * @throws Error when it is not the answer of `machine up`; the text itself is not repeated in the
 *     message, because it holds a private key.
 */
export function parseMachineEndpoint(stdout: string): MachineEndpoint {
    const parsed = fromJson(stdout);
    if (!isEndpoint(parsed)) {
        throw new Error(`machine up: its answer lacks one of ${fields.join(", ")}.`);
    }
    return parsed;
}

/** Undefined for what is not JSON: the parser's own message repeats some of the text. */
function fromJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function isEndpoint(value: unknown): value is MachineEndpoint {
    return (
        typeof value === "object" &&
        value !== null &&
        fields.every((field) => typeof Reflect.get(value, field) === "string")
    );
}
