import { isIPv6 } from "node:net";
import type { DefinedPart } from "../../scripts/protocol/serviceDefinition.ts";
import {
    defaultInterval,
    type AnyCheck,
    type GrpcCheck,
    type H2PingCheck,
    type HttpCheck,
    type Probe,
    type ServiceCheck,
    type TcpCheck,
    type UdpCheck,
} from "./checkArgs.ts";

/** Where a check asks that does not say otherwise. */
export interface AskedPlace {
    readonly host: string;
    readonly port: number;
}

/** A check as the agent's HTTP API takes it. What is not said is left out. */
export function checkDefinition(check: ServiceCheck, place: AskedPlace): DefinedPart {
    switch (check.kind) {
        case "ttl":
            return { TTL: check.ttl, ...ofAny(check) };
        case "alias":
            return {
                ...named({ AliasNode: check.node, AliasService: check.service }),
                ...ofAny(check),
            };
        default:
            return probeDefinition(check, place);
    }
}

function probeDefinition(
    check: HttpCheck | GrpcCheck | H2PingCheck | TcpCheck | UdpCheck,
    place: AskedPlace,
): DefinedPart {
    const { interval = defaultInterval, timeout, host = place.host, port = place.port } = check;
    const there = hostAndPort(host, port);
    const timing = { Interval: interval, ...named({ Timeout: timeout }) };
    const rest = { ...timing, ...ofProbe(check) };
    switch (check.kind) {
        case "http":
        case "https":
            return { HTTP: urlOf(check, there), ...rest, ...ofHttp(check) };
        case "grpc": {
            const { service, tls } = check;
            const asked = service === undefined ? there : `${there}/${service}`;
            return { GRPC: asked, ...rest, ...named({ GRPCUseTLS: tls }), ...ofTls(check) };
        }
        case "h2ping":
            return { H2PING: there, ...rest, H2PingUseTLS: check.tls ?? true, ...ofTls(check) };
        case "tcp":
            return { TCP: there, ...rest, ...named({ TCPUseTLS: check.tls }), ...ofTls(check) };
        case "udp":
            return { UDP: there, ...rest };
    }
}

function urlOf({ kind, url, path = "/" }: HttpCheck, there: string): string {
    return url ?? `${kind}://${there}${path}`;
}

function hostAndPort(host: string, port: number): string {
    return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

function ofHttp(check: HttpCheck): DefinedPart {
    const { method, header, body, disableRedirects, outputMaxSize } = check;
    const lists = Object.entries(header ?? {})
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => [name, typeof value === "string" ? [value] : value] as const);
    return {
        ...named({ Method: method }),
        ...(lists.length === 0 ? {} : { Header: Object.fromEntries(lists) }),
        ...named({
            Body: body,
            DisableRedirects: disableRedirects,
            OutputMaxSize: outputMaxSize,
        }),
        ...ofTls(check),
    };
}

function ofTls(check: Pick<HttpCheck, "tlsServerName" | "tlsSkipVerify">): DefinedPart {
    return named({ TLSServerName: check.tlsServerName, TLSSkipVerify: check.tlsSkipVerify });
}

function ofProbe(check: Probe): DefinedPart {
    return {
        ...named({
            SuccessBeforePassing: check.successBeforePassing,
            FailuresBeforeWarning: check.failuresBeforeWarning,
            FailuresBeforeCritical: check.failuresBeforeCritical,
        }),
        ...ofAny(check),
    };
}

function ofAny({ id, name, notes, status, deregisterAfter }: AnyCheck): DefinedPart {
    return named({
        CheckID: id,
        Name: name,
        Notes: notes,
        Status: status,
        DeregisterCriticalServiceAfter: deregisterAfter,
    });
}

/** A part without the values that are not said. */
export function named(
    part: Readonly<Record<string, DefinedPart[string] | undefined>>,
): DefinedPart {
    const said = Object.entries(part).flatMap(([key, value]) =>
        value === undefined ? [] : [[key, value] as const],
    );
    return Object.fromEntries(said);
}
