/** How Consul learns whether a service is healthy. `Text` is what a value that may be a secret is given as. */
export type ServiceCheck<Text = string> =
    HttpCheck<Text> | GrpcCheck | H2PingCheck | TcpCheck | UdpCheck | TtlCheck | AliasCheck;

/** What a check of any kind has. */
export interface AnyCheck {
    /** Its id on the agent (Consul's `id`). @default "service:ID", with its number behind it where there are several */
    readonly id?: string | undefined;
    /** Its name in the catalog (Consul's `name`). @default "Service 'NAME' check" */
    readonly name?: string | undefined;
    /** Words for people (Consul's `notes`). @default none */
    readonly notes?: string | undefined;
    /** What it is before it has run for the first time (Consul's `status`). @default "critical" */
    readonly status?: CheckStatus | undefined;
    /** Time after which Consul removes the service while this check is critical, such as `30m`; at least `1m` (Consul's
     * `deregister_critical_service_after`). It looks every 30 seconds. What Consul has removed comes back when the node's
     * services change, or its container. @default never */
    readonly deregisterAfter?: string | undefined;
}

/** What a check is in the catalog. */
export type CheckStatus = "passing" | "warning" | "critical";

/** How often a check runs, and how long it may take. */
export interface CheckTiming {
    /** Port to connect to. @default the service's */
    readonly port?: number | undefined;
    /** Time between two checks, such as `10s`; Consul checks each second at most. @default {@link defaultInterval} */
    readonly interval?: string | undefined;
    /** Time for one answer, such as `5s`. @default Consul's own, 10s */
    readonly timeout?: string | undefined;
}

/** What a check has that the agent runs itself. */
export interface Probe extends AnyCheck, CheckTiming {
    /** Host to ask, seen from the agent's container: its own loopback is no place where a service is.
     * @default the service's address, which is the machine's unless it states one */
    readonly host?: string | undefined;
    /** How many times in a row it has to succeed before it is passing (Consul's `success_before_passing`). @default 0 */
    readonly successBeforePassing?: number | undefined;
    /** How many times in a row it has to fail before it is a warning, at most as many as make it critical (Consul's
     * `failures_before_warning`). @default failuresBeforeCritical */
    readonly failuresBeforeWarning?: number | undefined;
    /** How many times in a row it has to fail before it is critical (Consul's `failures_before_critical`). @default 0 */
    readonly failuresBeforeCritical?: number | undefined;
}

/** How a check speaks TLS. */
export interface CheckTls {
    /** Name that the certificate has to have, and that is asked for (Consul's `tls_server_name`).
     * @default the host's */
    readonly tlsServerName?: string | undefined;
    /** Whether any certificate is taken (Consul's `tls_skip_verify`). @default false */
    readonly tlsSkipVerify?: boolean | undefined;
}

/** The agent asks over HTTP or HTTPS: 2xx is passing, 429 a warning, anything else critical. */
export interface HttpCheck<Text = string> extends Probe, CheckTls {
    readonly kind: "http" | "https";
    /** Path of the request. @default "/" */
    readonly path?: string | undefined;
    /** The whole URL, in the place of host, port and path (Consul's `http`). `$(address)` in it is the machine's
     * address. @default made of the others */
    readonly url?: string | undefined;
    /** Method of the request (Consul's `method`). @default "GET" */
    readonly method?: string | undefined;
    /** Headers of the request, each with one value or several (Consul's `header`). Those by which a caller is let in,
     * such as Authorization, are kept as secrets. @default none */
    readonly header?: Readonly<Record<string, Text | readonly Text[]>> | undefined;
    /** Body of the request, kept as a secret (Consul's `body`). @default none */
    readonly body?: Text | undefined;
    /** Whether a redirection is taken as the answer, not followed (Consul's `disable_redirects`). @default false */
    readonly disableRedirects?: boolean | undefined;
    /** Bytes of the answer that are kept, at most (Consul's `output_max_size`). @default 4096 */
    readonly outputMaxSize?: number | undefined;
}

/** The agent asks by gRPC's own health protocol. */
export interface GrpcCheck extends Probe, CheckTls {
    readonly kind: "grpc";
    /** Which of the server's services is asked for. @default the server as a whole */
    readonly service?: string | undefined;
    /** Whether it is asked over TLS (Consul's `grpc_use_tls`). @default false */
    readonly tls?: boolean | undefined;
}

/** The agent opens an HTTP/2 connection and sends a ping. */
export interface H2PingCheck extends Probe, CheckTls {
    readonly kind: "h2ping";
    /** Whether it is over TLS (Consul's `h2ping_use_tls`). @default true */
    readonly tls?: boolean | undefined;
}

/** The agent opens a connection. */
export interface TcpCheck extends Probe, CheckTls {
    readonly kind: "tcp";
    /** Whether it is one over TLS (Consul's `tcp_use_tls`); from Consul 1.17 on. @default false */
    readonly tls?: boolean | undefined;
}

/** The agent sends an empty datagram: an answer is passing, a closed port critical. Without an answer the check stays as it
 * was, at first critical unless `status` says otherwise. */
export interface UdpCheck extends Probe {
    readonly kind: "udp";
}

/** The service itself reports that it is healthy, by `PUT /v1/agent/check/pass/service:ID` on its
 * agent; without a report for too long, it is critical. */
export interface TtlCheck extends AnyCheck {
    readonly kind: "ttl";
    /** Longest time between two reports, such as `15s`. */
    readonly ttl: string;
}

/** It is what another service is, or a node: critical while any check of that is critical. */
export interface AliasCheck extends AnyCheck {
    readonly kind: "alias";
    /** Id of a service on the same agent, or name of one on the `node` (Consul's `alias_service`). @default the node as
     * a whole */
    readonly service?: string | undefined;
    /** Name of a node of the cluster (Consul's `alias_node`). @default the service's own */
    readonly node?: string | undefined;
}

/** Default interval of a check. */
export const defaultInterval = "10s";
