/** What stands where a secret was. */
export const redacted = "[secret]";

/** The shortest text that is taken for a secret: shorter ones are words of everyday use. */
const shortest = 4;

/** Names whose values are secrets, whoever gave them. */
export const secretName =
    /pass(word|wd|phrase)?$|secret|token|credential|private|(access|api|auth|gossip|encrypt(ion)?)[-_]?key|^encrypt$|salt/i;

/** Patterns of secrets that nobody told of. The first group stays. */
const patterns: readonly RegExp[] = [
    /()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/g,
    /(:\/\/)[^/\s:@"']+:[^/\s@"']+(?=@)/g,
    /((?:token|secretid|secret)["']?\s*[:=]\s*["']?)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi,
    /(\b(?:encrypt|password|passphrase)["']?\s*[:=]\s*["']?)[^\s"',}]+/gi,
];

/** Takes secrets out of texts: those that are known, in every form in which they may stand there, and what looks so. */
export class Redactor {
    readonly #forms: readonly string[];

    /**
     * @param secrets the texts that may be in no text.
     * @param known texts that are no secrets although they are among those of a secret value: `server`.
     */
    constructor(secrets: readonly string[], known: ReadonlySet<string> = new Set()) {
        const parts = secrets
            .flatMap(partsOf)
            .map((part) => part.trim())
            .filter((part) => part.length >= shortest && !known.has(part));
        const forms = new Set(parts.flatMap(formsOf));
        // A longer one may have a shorter one in it.
        this.#forms = [...forms].sort((one, other) => other.length - one.length);
    }

    /** The text without secrets. */
    clean(text: string): string {
        const told = this.#forms.reduce((rest, form) => rest.replaceAll(form, redacted), text);
        return patterns.reduce((rest, pattern) => rest.replaceAll(pattern, `$1${redacted}`), told);
    }

    /** Whether a text has one of the known secrets in it. */
    isTold(text: string): boolean {
        return this.#forms.some((form) => text.includes(form));
    }
}

/** A private key by its lines, for it may be broken otherwise elsewhere. A certificate alone is no secret. */
function partsOf(secret: string): string[] {
    if (!secret.includes("-----BEGIN ")) {
        return [secret];
    }
    const keys = secret.match(/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END/g) ?? [];
    return keys.flatMap((key) => key.split(/\s+/).filter((line) => /^[\w+/=]{16,}$/.test(line)));
}

/** A secret as it is, in JSON, in a URL, and in base64 of any longer text. */
function formsOf(secret: string): string[] {
    const encoded = [0, 1, 2].map((offset) => {
        const whole = Buffer.from(" ".repeat(offset) + secret).toString("base64");
        const end = Math.floor((offset + Buffer.byteLength(secret)) / 3) * 4;
        return whole.slice(offset === 0 ? 0 : 4, end);
    });
    const others = [JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
    return [secret, ...others, ...encoded.filter((form) => form.length >= 8)];
}
