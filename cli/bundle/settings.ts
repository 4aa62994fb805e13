import type { ConfigMap, ProjectSettings } from "@pulumi/pulumi/automation/index.js";
import { parseJson } from "../../scripts/system/json.ts";
import { redacted, secretName } from "./redactor.ts";

/** Settings whose values are free texts of the user's: variables of agents, options of a driver. */
const free = /:(environment|driverOptions)$|^environment$/;

/** A stack's settings without what is secret in them: what is encrypted, and what its name says of. */
export function settingsOf(project: ProjectSettings, config: ConfigMap): object {
    const own = Object.entries(config).map(([name, { value, secret }]) => {
        const isSecret = secret === true || secretName.test(name);
        const read = parseJson(value) ?? value;
        return [name, isSecret ? redacted : cleaned(read, free.test(name))] as const;
    });
    const { name, runtime, main } = project;
    // Its type knows only the older form, a path.
    const declared: unknown = project.config;
    return {
        project: { name, runtime, main, config: cleaned(declared, false) },
        stack: Object.fromEntries(own),
    };
}

/** Texts of settings that are secret: what is encrypted, and what the names of settings say of. */
export function secretSettings(config: ConfigMap): string[] {
    return Object.entries(config).flatMap(([name, { value, secret }]) =>
        secret === true || secretName.test(name) || free.test(name)
            ? textsOf(parseJson(value) ?? value)
            : secretsIn(parseJson(value)),
    );
}

function cleaned(value: unknown, isFree: boolean): unknown {
    if (Array.isArray(value)) {
        return value.map((one) => cleaned(one, isFree));
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value).map(([key, one]) => [
                key,
                secretName.test(key) ? redacted : cleaned(one, isFree || free.test(key)),
            ]),
        );
    }
    return isFree && typeof value === "string" ? redacted : value;
}

function secretsIn(value: unknown): string[] {
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, one]) =>
              secretName.test(key) || free.test(key) ? textsOf(one) : secretsIn(one),
          )
        : [];
}

function textsOf(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}
