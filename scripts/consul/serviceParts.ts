import { compareVersions, parseVersion, type ConsulVersion } from "./versions.ts";

/** What of a service only later versions of Consul take, where it has it. */
export interface LaterParts {
    readonly Ports?: unknown;
    readonly Locality?: unknown;
    readonly Check?: unknown;
    readonly Checks?: unknown;
}

const laterParts: readonly {
    readonly what: string;
    /** The first that takes it. */
    readonly since: string;
    readonly isIn: (service: LaterParts) => boolean;
}[] = [
    {
        what: "several ports by their names; declare a service for each",
        since: "1.22",
        isIn: ({ Ports }) => Ports !== undefined,
    },
    {
        what: "a check tcp over TLS",
        since: "1.17",
        isIn: ({ Check, Checks }) =>
            isTcpOverTls(Check) || (Array.isArray(Checks) && Checks.some(isTcpOverTls)),
    },
    {
        what: "a locality",
        since: "1.17",
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
                `Consul ${since} is the first that takes, and not ${version.text}, ${what}`,
        );
}

function isBefore(version: ConsulVersion, since: string): boolean {
    const first = parseVersion(`${since}.0`);
    return first !== undefined && compareVersions(version, first) < 0;
}

/** Whether a service asks for something that not every Consul takes. */
export function hasLaterParts(service: LaterParts): boolean {
    return laterParts.some(({ isIn }) => isIn(service));
}
