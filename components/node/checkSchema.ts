import { z } from "zod";
import { fields, objectRule, ruled, ruledMap, said } from "./objectRule.ts";
import { defaultInterval } from "./checkArgs.ts";
import { refusedChecks, rules, warningRule } from "./serviceRules.ts";

const { flag, line, count, duration, port } = fields;
const status = z.enum(["passing", "warning", "critical"], "passing, warning or critical");

const any = {
    id: said(
        ruled<string>(rules.id).optional(),
        "Its id on the agent (`id`).",
        "`service:ID`, with a number behind it where there are several",
    ),
    name: said(line, "Its name in the catalog (`name`).", "Service 'NAME' check"),
    notes: said(line, "Words for people (`notes`)."),
    status: said(status.optional(), "What it is before its first run (`status`).", "critical"),
    deregisterAfter: said(
        ruled<string>(rules.longDuration).optional(),
        "Time after which Consul removes the service while this check is critical; it looks every 30 s " +
            "(`deregister_critical_service_after`).",
        "it stays, however long",
    ),
};

const probe = {
    host: said(
        ruled<string>(rules.host).optional(),
        "The host to ask, as the agent's container sees it.",
        "the service's address, or the machine's",
    ),
    port: said(port, "The port to ask.", "the service's"),
    interval: said(
        duration,
        "Time between two checks, one second at least (`interval`).",
        defaultInterval,
    ),
    timeout: said(duration, "Time for an answer (`timeout`).", "10s"),
    ...any,
    successBeforePassing: said(
        count,
        "How many times in a row it succeeds before it passes (`success_before_passing`).",
        0,
    ),
    failuresBeforeWarning: said(
        count,
        "How many times in a row it fails before it warns, no more than the next (`failures_before_warning`).",
        "the same as the next",
    ),
    failuresBeforeCritical: said(
        count,
        "How many times in a row it fails before it is critical (`failures_before_critical`).",
        0,
    ),
};

const tlsOptions = {
    tlsServerName: said(
        line,
        "The name that the certificate has to have (`tls_server_name`).",
        "the host's",
    ),
    tlsSkipVerify: said(flag, "Whether any certificate is taken (`tls_skip_verify`).", false),
};

const text = ruled<string>(rules.text);
const headerRule = "a text, or a list of texts";
const header = z.union([text, z.array(text).min(1, headerRule)], headerRule);

const http = {
    path: said(ruled<string>(rules.path).optional(), "The path of the request.", "/"),
    ...probe,
    url: said(
        ruled<string>(rules.url).optional(),
        "The whole URL, in the place of host, port and path (`http`).",
    ),
    method: said(ruled<string>(rules.method).optional(), "The method (`method`).", "GET"),
    header: said(
        ruledMap(
            rules.headerName,
            header,
            "a map from names of headers to texts, or lists of them",
        ).optional(),
        "Headers of the request; what lets a caller in has to be a secret (`header`).",
    ),
    body: said(text.optional(), "Body of the request, kept as a secret (`body`)."),
    disableRedirects: said(
        flag,
        "Whether a redirection is the answer, and not followed (`disable_redirects`).",
        false,
    ),
    outputMaxSize: said(
        ruled<number>(rules.bytes).optional(),
        "Bytes of the answer that are kept (`output_max_size`).",
        4096,
    ),
    ...tlsOptions,
};

const kindOf = <Kind extends string>(kind: Kind, meaning: string) =>
    z.literal(kind).describe(meaning);
const tls = (key: string, preset: boolean) =>
    said(flag, `Whether it is asked over TLS (\`${key}\`).`, preset);

/** What each kind of check may have. */
const kinds = {
    http: {
        kind: kindOf("http", "Asks over HTTP: 2xx passes, 429 warns, anything else is critical."),
        ...http,
    },
    https: { kind: kindOf("https", "The same over HTTPS."), ...http },
    grpc: {
        kind: kindOf("grpc", "Asks by gRPC's own health protocol."),
        ...probe,
        service: said(line, "Which of the server's services is asked for.", "the server as such"),
        tls: tls("grpc_use_tls", false),
        ...tlsOptions,
    },
    h2ping: {
        kind: kindOf("h2ping", "Sends a ping of HTTP/2."),
        ...probe,
        tls: tls("h2ping_use_tls", true),
        ...tlsOptions,
    },
    tcp: {
        kind: kindOf("tcp", "Opens a connection."),
        ...probe,
        tls: tls("tcp_use_tls", false),
        ...tlsOptions,
    },
    udp: {
        kind: kindOf("udp", "Sends a datagram; only the word that the port is closed fails."),
        ...probe,
    },
    ttl: {
        kind: kindOf("ttl", "The service itself has to pass it."),
        ttl: said(ruled<string>(rules.duration), "Within what time, again and again (`ttl`)."),
        ...any,
    },
    alias: {
        kind: kindOf("alias", "It is what another service or a node is."),
        service: said(line, "The other service: its id on this agent, or its name on the `node`."),
        node: said(line, "The node.", "this one"),
        ...any,
    },
};

const checkRule = `a check: its kind is ${Object.keys(kinds).join(", ")}`;

/** Why a check of this kind is none, as far as its kind tells. */
function kindRule({ input }: { readonly input?: unknown }): string {
    const kind: unknown =
        typeof input === "object" && input !== null ? Reflect.get(input, "kind") : "";
    return (typeof kind === "string" ? refusedChecks[kind] : undefined) ?? checkRule;
}

const strictCheck = <T extends z.core.$ZodLooseShape>(of: T) =>
    z.strictObject(of, objectRule(checkRule, Object.keys(of)));

/** A check of a service. Whether there is a port to ask is a matter of its service. */
export const checkSchema = z
    .discriminatedUnion(
        "kind",
        [
            strictCheck(kinds.http),
            strictCheck(kinds.https),
            strictCheck(kinds.grpc),
            strictCheck(kinds.h2ping),
            strictCheck(kinds.tcp),
            strictCheck(kinds.udp),
            strictCheck(kinds.ttl),
            strictCheck(kinds.alias),
        ],
        { error: kindRule },
    )
    .superRefine((check, context) => {
        const wrong = (at: string, message: string) => {
            context.addIssue({ code: "custom", path: [at], message });
        };
        if ("url" in check && check.url !== undefined) {
            for (const other of ["host", "port", "path"] as const) {
                if (check[other] !== undefined) {
                    wrong(other, "the url says it already; leave one of the two out");
                }
            }
        }
        if ("failuresBeforeWarning" in check) {
            const { failuresBeforeWarning: warning = 0, failuresBeforeCritical: critical = 0 } =
                check;
            if (warning > critical) {
                wrong("failuresBeforeWarning", warningRule(critical));
            }
        }
        if ((check.kind === "grpc" || check.kind === "tcp") && check.tls !== true) {
            for (const option of ["tlsServerName", "tlsSkipVerify"] as const) {
                if (check[option] !== undefined) {
                    wrong(option, "it is for a check with tls: true");
                }
            }
        }
        if (check.kind === "alias" && check.service === undefined && check.node === undefined) {
            wrong("service", "the id of a service, or beside it the name of a node");
        }
    });

/** Whether a check says itself where it asks, or asks nothing. */
export function needsNoPort(check: z.infer<typeof checkSchema>): boolean {
    return (
        check.kind === "ttl" ||
        check.kind === "alias" ||
        check.port !== undefined ||
        ("url" in check && check.url !== undefined)
    );
}
