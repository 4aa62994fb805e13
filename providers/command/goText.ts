/** Signals as Pulumi's plugins, which are written in Go, name them. */
const signals: Partial<Record<NodeJS.Signals, string>> = {
    SIGHUP: "hangup",
    SIGINT: "interrupt",
    SIGQUIT: "quit",
    SIGILL: "illegal instruction",
    SIGTRAP: "trace/breakpoint trap",
    SIGABRT: "aborted",
    SIGBUS: "bus error",
    SIGFPE: "floating point exception",
    SIGKILL: "killed",
    SIGUSR1: "user defined signal 1",
    SIGSEGV: "segmentation fault",
    SIGUSR2: "user defined signal 2",
    SIGPIPE: "broken pipe",
    SIGALRM: "alarm clock",
    SIGTERM: "terminated",
};

/** How a process ended that a signal killed: `signal: killed`. */
export function signalText(signal: NodeJS.Signals): string {
    return `signal: ${signals[signal] ?? signal}`;
}

/** The error of a command: why, which, and what it printed. */
export function failure(reason: string, command: string, printed = ""): Error {
    return new Error(`${reason}: running ${quoted(command)}:\n${printed}`);
}

const escapes = new Map([
    ['"', '\\"'],
    ["\\", "\\\\"],
    ["\x07", "\\a"],
    ["\b", "\\b"],
    ["\f", "\\f"],
    ["\n", "\\n"],
    ["\r", "\\r"],
    ["\t", "\\t"],
    ["\v", "\\v"],
]);

/** A text in quotes; what cannot be printed is escaped. */
function quoted(text: string): string {
    const characters = Array.from(text, (character) => {
        const escaped = escapes.get(character);
        if (escaped !== undefined || /[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) {
            return escaped ?? character;
        }
        const code = character.codePointAt(0) ?? 0;
        const [prefix, digits] =
            code < 0x80 ? ["\\x", 2] : code < 0x10000 ? ["\\u", 4] : ["\\U", 8];
        return `${prefix}${code.toString(16).padStart(digits, "0")}`;
    });
    return `"${characters.join("")}"`;
}
