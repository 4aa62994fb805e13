import { createHash } from "node:crypto";
import { definitionMark, type ServiceDefinition } from "../../scripts/protocol/serviceDefinition.ts";

/** How Consul learns whether a service is well. */
export type ServiceCheck = HttpCheck | TcpCheck | TtlCheck;

/** How often a check is made, and how long it may take. */
export interface CheckTiming {
    /** Port that is asked. @default the service's */
    readonly port?: number | undefined;
    /** Time between two checks, such as `10s`. @default {@link defaultInterval} */
    readonly interval?: string | undefined;
    /** Time for one answer, such as `5s`. @default Consul's own, 10s */
    readonly timeout?: string | undefined;
}

/** The agent asks over HTTP: 2xx is passing, 429 a warning, anything else critical. */
export interface HttpCheck extends CheckTiming {
    readonly kind: "http";
    /** What is asked for. @default "/" */
    readonly path?: string | undefined;
}

/** The agent opens a connection. */
export interface TcpCheck extends CheckTiming {
    readonly kind: "tcp";
}

/** The service itself says that it is well, by `PUT /v1/agent/check/pass/service:ID` on its agent;
 * once it is silent for too long, it is critical. */
export interface TtlCheck {
    readonly kind: "ttl";
    /** How long the service may be silent, such as `15s`. */
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
    /** Words by which it is found, in DNS as `TAG.NAME.service.consul`. @default none */
    readonly tags?: readonly string[] | undefined;
    /** What else those who find it should know. @default none */
    readonly meta?: Readonly<Record<string, string>> | undefined;
    /** When it counts as healthy: while all of these pass. @default as long as its node does */
    readonly checks?: readonly ServiceCheck[] | undefined;
}

/** How often a service is asked where nothing else is said. */
export const defaultInterval = "10s";

/**
 * What the agent is told of a service.
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
