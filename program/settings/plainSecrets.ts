import { secretKind } from "../../components/agent/secretValues.ts";
import { pathText } from "../../components/node/problems.ts";
import { setSecret } from "./fileSettings.ts";
import { isSecretName } from "./problems.ts";

/** The settings that may be encrypted in the stack file, and are a secret then in all that is made of them. */
const secretSettings: ReadonlySet<string> = new Set([
    "agentConfig",
    "authority",
    "clientConfig",
    "clientFiles",
    "clients",
    "clientServices",
    "environment",
    "files",
    "gossipKey",
    "registries",
    "serverConfig",
    "serverFiles",
    "servers",
    "serverServices",
]);

/** Settings with rules of their own for what is secret in them; numbers of `rotate` are under names of secrets. */
const checkedElsewhere: ReadonlySet<string> = new Set([
    "authority",
    "files",
    "serverFiles",
    "clientFiles",
    "gossipKey",
    "registries",
    "rotate",
]);

/** Why a setting cannot be a secret, and what is to be done instead. */
const openReasons: Readonly<Record<string, string>> = {
    driverOptions:
        "docker-machine takes options as arguments, which everybody on this computer sees. Give the driver its secrets " +
        "by the environment variables that it reads, such as AWS_SECRET_ACCESS_KEY",
    container: "what a container is made with is shown by `docker inspect`. Leave it out",
    engine: "docker-machine takes it as arguments, and writes it into a unit that everybody on the machine reads. Leave it out",
    labels: "labels are shown by `docker inspect`. Leave it out",
};

/** Why a setting cannot be a secret, and what to do instead. */
function openReason(key: string, otherwise: string): string {
    const shown = "it is part of names, arguments and messages, and would be shown there";
    return openReasons[key] ?? `${shown}. ${otherwise}`;
}

/**
 * Settings that are secrets and are not kept as ones: in clear in the stack file, or encrypted there and shown elsewhere.
 *
 * @param raw all settings.
 * @param secretKeys those that are encrypted in the stack file.
 * @param ofServices the same that is said of services: once is enough. @default nothing
 */
export function secretSettingProblems(
    raw: Readonly<Record<string, unknown>>,
    secretKeys: ReadonlySet<string>,
    ofServices: readonly string[] = [],
): string[] {
    const said = (path: string) => ofServices.some((line) => line.startsWith(`${path}: `));
    const ofSettings = Object.entries(raw).flatMap(([key, value]) => {
        if (secretKeys.has(key) || checkedElsewhere.has(key)) {
            return secretSettings.has(key) || !secretKeys.has(key)
                ? []
                : [
                      `${key}: is set as a secret, and cannot be one: ${openReason(key, "Set it without --secret")}`,
                  ];
        }
        const found = secretsIn([key], value, false).filter(({ path }) => !said(path));
        return found.map(({ path, what }) => {
            const way = secretSettings.has(key)
                ? `run ${setSecret(path)}`
                : openReason(key, "Leave it out");
            return `${path}: ${what}, and is in clear in the stack file; ${way}`;
        });
    });
    return [...ofSettings, ...ofServices];
}

interface PlainSecret {
    readonly path: string;
    readonly what: string;
}

function secretsIn(path: readonly PropertyKey[], value: unknown, named: boolean): PlainSecret[] {
    if (typeof value === "object" && value !== null) {
        const entries: [PropertyKey, unknown][] = Array.isArray(value)
            ? [...value.entries()]
            : Object.entries(value);
        return entries.flatMap(([key, inner]) =>
            // The headers of checks are judged with their services.
            key === "header"
                ? []
                : secretsIn([...path, key], inner, named || isSecretName(String(key))),
        );
    }
    const isText = typeof value === "string" || typeof value === "number";
    const name = path.findLast((part) => typeof part === "string");
    const kind = typeof value === "string" ? secretKind(value, String(name)) : undefined;
    if (!isText || (kind === undefined && !named)) {
        return [];
    }
    const what = kind === undefined ? "is a secret by its name" : `looks like ${kind}`;
    return [{ path: pathText(path), what }];
}

/** Texts under which nothing secret is: they are in names of resources, or decide what is declared. */
const plainNames: ReadonlySet<string> = new Set([
    "name",
    "address",
    "reach",
    "container",
    "domain",
]);

/** The shortest text that is kept out of messages: a shorter one is a part of other words. */
const shortestSecret = 5;

/**
 * Messages without the texts of settings that are encrypted in the stack file.
 *
 * @param config all settings, as read.
 */
export function withoutSecrets(
    lines: readonly string[],
    config: Readonly<Record<string, unknown>>,
    secretKeys: ReadonlySet<string>,
): string[] {
    const texts = Object.entries(config)
        .filter(([key]) => secretKeys.has(key))
        .flatMap(([key, value]) => textsIn(value, key))
        .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
        .filter((text) => text.length >= shortestSecret)
        // A text that is a part of another one comes behind it.
        .sort((one, other) => other.length - one.length);
    return lines.map((line) =>
        texts.reduce((said, text) => said.replaceAll(text, "(secret)"), line),
    );
}

function textsIn(value: unknown, name: string): string[] {
    if (Array.isArray(value)) {
        return value.flatMap((inner) => textsIn(inner, name));
    }
    if (typeof value === "object" && value !== null) {
        return Object.entries(value).flatMap(([key, inner]) => textsIn(inner, key));
    }
    return typeof value === "string" && !plainNames.has(name) ? [value] : [];
}
