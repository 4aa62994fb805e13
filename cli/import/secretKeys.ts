import { secretName } from "../bundle/redactor.ts";
import type { Place } from "./consulForms.ts";

/** Names that have such a word for another reason: where a secret is kept, or how long it is valid. */
const harmless = /(file|path|dir|ttl|persistence|name|policy|type)$/i;

/** Headers by which a check logs in. */
const secretHeader =
    /^(authorization|cookie|proxy-authorization|x-consul-token|x-api-key|x-auth-token)$/i;

/** A login in a URL, or a private key. */
const secretText = /:\/\/[^/\s:@]*:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY-----|secret_access_key=/;

/** Whether a value of Consul's configuration is a secret, by where it is and by what it looks like. */
export function isSecret(place: Place, value: unknown): boolean {
    if (typeof value !== "string" || value === "") {
        return false;
    }
    const names = place.filter((part) => typeof part === "string");
    const last = names.at(-1) ?? "";
    const isNamed =
        (secretName.test(last) && !harmless.test(last)) ||
        (names.at(-2) === "tokens" && names.at(-3) === "acl") ||
        names.some((name) => secretHeader.test(name));
    return isNamed || secretText.test(value);
}
