/** Words in the name of a setting whose value is a secret. */
const secretWords =
    /passw(or)?d|secret|token|privatekey|apikey|accesskey|encrypt$|credential|masterkey/;

/** Names that hold such a word and yet no secret: what is said about one, or where it is. */
const harmless = /^httptokens$|(file|path|ttl)$/;

/** Whether the value of a setting of this name is a secret, as far as its name tells. */
export function isSecretName(name: string): boolean {
    const plain = name.toLowerCase().replaceAll(/[-_]/g, "");
    return secretWords.test(plain) && !harmless.test(plain);
}

/** A value as messages show it: as JSON, without what its names tell to be secret. */
export function shown(value: unknown): string {
    const text = JSON.stringify(value, (key, inner: unknown) =>
        isSecretName(key) ? "(secret)" : inner,
    ) as string | undefined;
    return text ?? "nothing";
}
