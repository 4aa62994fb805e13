import { isIPv6 } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { definitionMark } from "../../scripts/protocol/serviceDefinition.ts";

/** What a value has to be: the words for it where it is not, undefined where it is. */
export type Rule = (value: unknown) => string | undefined;

/** A rule for texts. An output is known only later, so it passes. */
function textRule(rule: string, isFine: (text: string) => boolean): Rule {
    return (value) => {
        if (pulumi.Output.isInstance(value) || value instanceof Promise) {
            return undefined;
        }
        return typeof value === "string" && isFine(value) ? undefined : rule;
    };
}

function wholeNumber(least: number, most: number, rule: string): Rule {
    return (value) =>
        typeof value === "number" && Number.isInteger(value) && value >= least && value <= most
            ? undefined
            : rule;
}

/** Several rules: the first that is broken tells. */
const allOf =
    (...rules: readonly Rule[]): Rule =>
    (value) =>
        rules.map((rule) => rule(value)).find((broken) => broken !== undefined);

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const control = /[\u0000-\u001f\u007f]/;
const isLine = (text: string) => text.trim() === text && text !== "" && !control.test(text);

const line = textRule("a text of one line, without spaces around it", isLine);
const name = allOf(
    textRule(
        "a name of one line, without a slash or spaces around it",
        (text) => isLine(text) && !text.includes("/"),
    ),
    textRule("another name: this one is that of the servers", (text) => text !== "consul"),
);
const port = wholeNumber(1, 65_535, "a port, from 1 to 65535");

/** Go's durations, as Consul reads them. */
const duration = textRule("a duration with its unit, such as 10s", (text) =>
    /^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(text),
);

const inContainer =
    "an address as the agent's container sees it, whose loopback is its own: leave it out, or write $(address), for " +
    "the machine's";

/** A host to ask. */
const host = allOf(
    textRule("an address or a host name, without a port", isHost),
    textRule(inContainer, (text) => !isLoopback(text)),
);

/** An address that others use. */
const address = allOf(
    textRule("an address or a host name, without a port", isHost),
    textRule(
        "an address that others reach, who would look on their own machine: leave it out, or write $(address), for " +
            "the machine's",
        (text) => !isLoopback(text),
    ),
);

function isHost(text: string): boolean {
    return isIPv6(text) || /^[\w.-]+$/.test(filledIn(text));
}

const url = allOf(
    textRule(
        "a URL of http or https, such as http://$(address):8080/health",
        (text) => parsedUrl(text) !== undefined,
    ),
    textRule(inContainer, (text) => !isLoopback(parsedUrl(text)?.hostname ?? "")),
);

function parsedUrl(text: string): URL | undefined {
    const filled = filledIn(text);
    const parsed = URL.canParse(filled) ? new URL(filled) : undefined;
    return parsed?.protocol === "http:" || parsed?.protocol === "https:" ? parsed : undefined;
}

/** Host and port, and what may come behind them. */
const hostPort = allOf(
    textRule("a host and a port, such as $(address):6379", (text) => hostOf(text) !== undefined),
    textRule(inContainer, (text) => !isLoopback(hostOf(text) ?? "")),
);

function hostOf(text: string): string | undefined {
    const [, bracketed, plain] =
        /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):\d+(?:\/.*)?$/.exec(filledIn(text)) ?? [];
    return bracketed ?? plain;
}

/** A text whose placeholders are an address and a name. */
const filledIn = (text: string) =>
    text.replaceAll("$(address)", "192.0.2.1").replaceAll("$(node)", "node");

/** Whether a host is the one that asks, or, as one to listen on, any. */
export function isLoopback(host: string): boolean {
    const plain = host.toLowerCase().replace(/^\[|\]$/g, "");
    return /^(127\.[\d.]+|0\.0\.0\.0|::1?|(.+\.)?localhost\.?)$/.test(plain);
}

const metaKey = allOf(
    textRule("letters, digits, dashes and underscores", (key) => /^[\w-]+$/.test(key)),
    textRule("another name: this one is ours", (key) => key !== definitionMark),
    textRule("another name: Consul keeps consul- to itself", (key) => !key.startsWith("consul-")),
    textRule("a name of at most 128 characters", (key) => key.length <= 128),
);

/** The rules of what is given in one value, in words that fit settings and definitions alike. */
export const rules = {
    name,
    id: textRule("a text without spaces", (text) => /^\S+$/.test(text) && !control.test(text)),
    port,
    line,
    text: textRule("a text", () => true),
    duration,
    longDuration: allOf(
        duration,
        textRule("at least 1m: Consul waits no less", (text) => milliseconds(text) >= 60_000),
    ),
    host,
    address,
    url,
    hostPort,
    path: textRule("a path that begins with a slash, such as /health", (text) =>
        /^\/\S*$/.test(text),
    ),
    socketPath: textRule("the path of a socket", (text) => isLine(text)),
    method: textRule("a method of HTTP, such as GET", (text) => /^[A-Z]+$/.test(text)),
    headerName: textRule("the name of a header", (text) => /^[!#$%&'*+.^_`|~\w-]+$/.test(text)),
    portName: textRule("letters, digits, dashes and underscores", (text) => /^[\w-]+$/.test(text)),
    metaKey,
    metaValue: allOf(
        textRule("a string; put quotes around it", () => true),
        textRule("at most 512 characters", (text) => text.length <= 512),
    ),
    flag: (value: unknown) => (typeof value === "boolean" ? undefined : "true or false"),
    count: wholeNumber(0, 1000, "a whole number from 0 to 1000"),
    bytes: wholeNumber(1, 1_048_576, "a whole number of bytes, from 1 to 1048576"),
    weight: wholeNumber(1, 65_535, "a whole number from 1 to 65535"),
    lesserWeight: wholeNumber(0, 65_535, "a whole number from 0 to 65535"),
} as const satisfies Readonly<Record<string, Rule>>;

/** How many pairs a service's meta may have: one of Consul's 64 is ours. */
export const mostMeta = 63;

/** The words for it. */
export const mostMetaRule = `at most ${mostMeta} pairs: of Consul's 64 one is ours`;

/** The words for thresholds that are the wrong way round. */
export const warningRule = (critical: number) =>
    `at most failuresBeforeCritical, which is ${critical}: Consul takes no other`;

/** A duration of Go's in milliseconds. */
export function milliseconds(duration: string): number {
    const units = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
    const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
    return parts.reduce(
        (sum, [, number, unit]) => sum + Number(number) * (isUnit(unit) ? units[unit] : 0),
        0,
    );

    function isUnit(unit = ""): unit is keyof typeof units {
        return Object.hasOwn(units, unit);
    }
}

/** Why a check of this kind cannot be registered with an agent; undefined for a kind that can. */
export const refusedChecks: Readonly<Record<string, string>> = {
    script:
        "an agent runs scripts only of its own configuration here, for whoever may register a service could run " +
        'programs: write the service under "services" of agentConfig, for one node or all, with ' +
        "enable_local_script_checks: true, and bring the script as one of its files",
    docker:
        "the agent's container has not the engine's socket, which amounts to root on the machine; ask the container " +
        "over a published port by http, grpc, tcp or udp, or let it report by a check ttl",
    osService:
        "the agent runs in a container, which knows no services of the machine's system; let the service report by a " +
        "check ttl, or ask it over its port",
};

/** Headers by which a caller is let in. */
const secretHeaders = /authorization|cookie|token|secret|passw|api-?key|credential/i;

/** Whether the value of a header of this name is a secret, as far as its name tells. */
export function isSecretHeader(header: string): boolean {
    return secretHeaders.test(header);
}
