/** What a machine's Command prints once the machine is ready. */
export interface MachineEndpoint {
    /** Address that other machines reach. */
    readonly address: string;
    /** The engine's endpoint, for example `tcp://10.0.0.11:2376`. */
    readonly endpoint: string;
    /** Address of the machine's docker0 bridge; only the machine itself can say. */
    readonly bridgeAddress: string;
    /** Version of the machine's Docker Engine. */
    readonly dockerVersion: string;
    /** Certificate of the authority that signed the engine's certificate, PEM. */
    readonly ca: string;
    /** Client certificate, PEM. */
    readonly cert: string;
    /** Private key of the client certificate, PEM. Secret. */
    readonly key: string;
}

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
