/** What a file is that settings name as a private key. */
export type KeyKind = "open" | "passphrase" | "putty" | "public" | "other";

/** What the text of a file is, as far as `ssh` is concerned. */
export function keyKind(text: string): KeyKind {
    if (text.startsWith("PuTTY-User-Key-File")) {
        return "putty";
    }
    if (/^(ssh-|ecdsa-|sk-)\S+ [A-Za-z0-9+/]/.test(text)) {
        return "public";
    }
    if (!text.includes("PRIVATE KEY-----")) {
        return "other";
    }
    if (/^Proc-Type: 4,ENCRYPTED/m.test(text) || text.includes("BEGIN ENCRYPTED PRIVATE KEY")) {
        return "passphrase";
    }
    return cipherOf(text) === "none" ? "open" : "passphrase";
}

/** The cipher of OpenSSH's own format: after a title that ends in a zero byte, a text with its length before it. Of
 * other formats, `none`. */
function cipherOf(text: string): string {
    const body = /BEGIN OPENSSH PRIVATE KEY-----([^-]*)/.exec(text)?.[1];
    if (body === undefined) {
        return "none";
    }
    const bytes = Buffer.from(body, "base64");
    const start = "openssh-key-v1".length + 1;
    const length = bytes.length < start + 4 ? 0 : bytes.readUInt32BE(start);
    return bytes.toString("latin1", start + 4, start + 4 + length);
}
