import { isPlainMap } from "./definitionKeys.ts";
import { isSecretHeader } from "./serviceRules.ts";

/** A place in a service whose value may be a secret. */
export interface SecretPlace {
    /** Where, from the service on, in its own words. */
    readonly path: readonly PropertyKey[];
    /** Whether it is one, as far as its name tells; a body may be one. */
    readonly isCertain: boolean;
}

/** Whether a service's registration has to be kept as a secret. */
export function carriesSecret(service: unknown): boolean {
    return secretsOf(service).length > 0;
}

/** The places of a service whose values may be secrets: headers that let a caller in, bodies, and URLs with a user's
 * password. */
export function secretsOf(service: unknown): SecretPlace[] {
    if (!isPlainMap(service)) {
        return [];
    }
    return "definition" in service
        ? secretsIn(service.definition, ["definition"])
        : secretsIn(service.checks, ["checks"]);
}

/** However deep: a definition has checks in one, in a list, and of a sidecar. */
function secretsIn(value: unknown, path: readonly PropertyKey[]): SecretPlace[] {
    if (Array.isArray(value)) {
        return value.flatMap((one, index) => secretsIn(one, [...path, index]));
    }
    if (!isPlainMap(value)) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]): SecretPlace[] => {
        const at = [...path, key];
        switch (key.toLowerCase()) {
            case "header":
                return Object.keys(isPlainMap(inner) ? inner : {})
                    .filter(isSecretHeader)
                    .map((name) => ({ path: [...at, name], isCertain: true }));
            case "body":
                return [{ path: at, isCertain: false }];
            case "http":
            case "url":
                return hasPassword(inner) ? [{ path: at, isCertain: true }] : [];
            default:
                return secretsIn(inner, at);
        }
    });
}

const hasPassword = (url: unknown) => typeof url === "string" && /^\w+:\/\/[^/?#]*@/.test(url);
