import { createHash } from "node:crypto";
import {
    definitionMark,
    type ServiceDefinition,
} from "../../scripts/protocol/serviceDefinition.ts";

/** How Consul learns whether a service is healthy. */
export type ServiceCheck = HttpCheck | TcpCheck | TtlCheck;

/** How often a check runs, and how long it may take. */
export interface CheckTiming {
    /** Port to connect to. @default the service's */
    readonly port?: number | undefined;
    /** Time between two checks, such as `10s`. @default {@link defaultInterval} */
    readonly interval?: string | undefined;
    /** Time for one answer, such as `5s`. @default Consul's own, 10s */
    readonly timeout?: string | undefined;
}

/** The agent asks over HTTP: 2xx is passing, 429 a warning, anything else critical. */
export interface HttpCheck extends CheckTiming {
    readonly kind: "http";
    /** Path of the request. @default "/" */
    readonly path?: string | undefined;
}

/** The agent opens a connection. */
export interface TcpCheck extends CheckTiming {
    readonly kind: "tcp";
}

/** The service itself reports that it is healthy, by `PUT /v1/agent/check/pass/service:ID` on its
 * agent; without a report for too long, it is critical. */
export interface TtlCheck {
    readonly kind: "ttl";
    /** Longest time between two reports, such as `15s`. */
    readonly ttl: string;
}

/** A service that runs on a node's machine and is declared with the node. */
export interface ServiceArgs {
    /** Its name in the catalog, and in DNS: lowercase letters, digits and dashes. */
    readonly name: string;
    /** Tells apart services of one name on one node. @default the name */
    readonly id?: string | undefined;
    /** The port on which others reach it on the machine's address. @default none */
    readonly port?: number | undefined;
    /** Words to find it by, in DNS as `TAG.NAME.service.consul`. @default none */
    readonly tags?: readonly string[] | undefined;
    /** Further facts for those who find it. @default none */
    readonly meta?: Readonly<Record<string, string>> | undefined;
    /** It is healthy while all of these pass. @default as long as its node is */
    readonly checks?: readonly ServiceCheck[] | undefined;
}

/** Default interval of a check. */
export const defaultInterval = "10s";

/**
 * A service as the agent's HTTP API takes it.
 *
 * @param address the machine's address: where others reach the service, and where the agent does,
 *     whose own loopback is its container's.
 */
export function serviceDefinition(service: ServiceArgs, address: string): ServiceDefinition {
    const { name, id = name, port, tags = [], meta = {}, checks = [] } = service;
    const plain = {
        ID: id,
        Name: name,
        Address: address,
        ...(port === undefined ? {} : { Port: port }),
        Tags: tags,
        Meta: Object.fromEntries(Object.entries(meta).sort()),
        Checks: checks.map((check) => checkDefinition(check, address, port ?? 0)),
    };
    const digest = createHash("sha256").update(JSON.stringify(plain)).digest("hex").slice(0, 16);
    return { ...plain, Meta: { ...plain.Meta, [definitionMark]: digest } };
}

function checkDefinition(check: ServiceCheck, address: string, servicePort: number) {
    if (check.kind === "ttl") {
        return { TTL: check.ttl };
    }
    const { port = servicePort, interval = defaultInterval, timeout } = check;
    const timing = { Interval: interval, ...(timeout === undefined ? {} : { Timeout: timeout }) };
    return check.kind === "tcp"
        ? { TCP: `${address}:${port}`, ...timing }
        : { HTTP: `http://${address}:${port}${check.path ?? "/"}`, ...timing };
}
