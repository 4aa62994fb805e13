/** Key of a service's meta under which we keep the digest of its definition: the mark by which a
 * declared service is told from what others register on the same agent. */
export const definitionMark = "declared-digest";

/** A service as the agent's HTTP API takes it. */
export interface ServiceDefinition {
    readonly ID: string;
    readonly Name: string;
    readonly Address: string;
    readonly Port?: number;
    readonly Tags: readonly string[];
    readonly Meta: Readonly<Record<string, string>>;
    readonly Checks: readonly DefinedPart[];
    /** What not every service has. */
    readonly [further: string]: DefinedValue | undefined;
}

/** A part of a service, with the names that the API has. */
export interface DefinedPart {
    readonly [key: string]: DefinedValue;
}

/** A value of a part. */
export type DefinedValue = string | number | boolean | null | readonly DefinedValue[] | DefinedPart;

/** A version of Consul in a text: of an image's tag, or an agent's own. */
export interface ConsulVersion {
    readonly major: number;
    readonly minor: number;
}

/** The version that a text begins with, such as `1.20.6` or `v1.22.2-ent`; undefined where it names none. */
export function versionIn(text: string): ConsulVersion | undefined {
    const [, major, minor] = /^v?(\d+)\.(\d+)(?![\d])/.exec(text) ?? [];
    return major === undefined ? undefined : { major: Number(major), minor: Number(minor) };
}

/** What of a service only later versions of Consul take, where it has it. */
export interface LaterParts {
    readonly Ports?: unknown;
    readonly Locality?: unknown;
    readonly Check?: unknown;
    readonly Checks?: unknown;
}

const laterParts: readonly {
    readonly what: string;
    readonly since: ConsulVersion;
    readonly isIn: (service: LaterParts) => boolean;
}[] = [
    {
        what: "several ports by their names; declare a service for each",
        since: { major: 1, minor: 22 },
        isIn: ({ Ports }) => Ports !== undefined,
    },
    {
        what: "a check tcp over TLS",
        since: { major: 1, minor: 17 },
        isIn: ({ Check, Checks }) =>
            isTcpOverTls(Check) || (Array.isArray(Checks) && Checks.some(isTcpOverTls)),
    },
    {
        what: "a locality",
        since: { major: 1, minor: 17 },
        isIn: ({ Locality }) => Locality !== undefined,
    },
];

function isTcpOverTls(check: unknown): boolean {
    return (
        typeof check === "object" &&
        check !== null &&
        "TCPUseTLS" in check &&
        check.TCPUseTLS === true
    );
}

/** What a service asks for that Consul of this version does not take, in words. */
export function tooNewParts(service: LaterParts, version: ConsulVersion): string[] {
    return laterParts
        .filter(({ since, isIn }) => isBefore(version, since) && isIn(service))
        .map(
            ({ what, since }) =>
                `Consul ${since.major}.${since.minor} is the first that takes, and not ` +
                `${version.major}.${version.minor}, ${what}`,
        );
}

function isBefore(one: ConsulVersion, other: ConsulVersion): boolean {
    return one.major === other.major ? one.minor < other.minor : one.major < other.major;
}
