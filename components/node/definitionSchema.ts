import { z } from "zod";
import {
    doubledKey,
    inFileWords,
    inOwnWords,
    isPlainMap,
    serviceLevel,
    withApiNames,
} from "./definitionKeys.ts";
import { fields, ruled, ruledMap } from "./objectRule.ts";
import { problemsOf, type Issue } from "./problems.ts";
import { serviceKinds } from "./serviceArgs.ts";
import { mostMeta, mostMetaRule, refusedChecks, rules, warningRule } from "./serviceRules.ts";

/** A map with Consul's keys and no other. */
function mapOf<Shape extends z.core.$ZodLooseShape>(shape: Shape, rule: string) {
    const keys = Object.keys(shape).filter((key) => !refusedKeys.has(key));
    return z.strictObject(shape, {
        error: ({ code }: { readonly code: string }) =>
            code === "unrecognized_keys"
                ? `Consul has no such key here; there are ${keys.map(inFileWords).join(", ")}`
                : code === "invalid_type"
                  ? rule
                  : undefined,
    });
}

/** Keys that Consul has, and that cannot be had here. */
const refusedKeys: ReadonlySet<string> = new Set([
    ...["Token", "Namespace", "Partition"],
    ...["ScriptArgs", "DockerContainerID", "Shell", "OSService"],
]);

const refused = (reason: string) =>
    z.custom<undefined>((value) => value === undefined, reason).optional();

const enterprise = (what: string) =>
    refused(`only Consul Enterprise has ${what}, and the open edition refuses them`);

const { line, flag, count, duration, port } = fields;
const hostPort = ruled<string>(rules.hostPort).optional();

const checkRule = "a check, as a map";
const check = mapOf(
    {
        CheckID: ruled<string>(rules.id).optional(),
        Name: line,
        Notes: line,
        Status: z
            .enum(["passing", "warning", "critical"], "passing, warning or critical")
            .optional(),
        Interval: duration,
        Timeout: duration,
        TTL: duration,
        HTTP: ruled<string>(rules.url).optional(),
        Method: ruled<string>(rules.method).optional(),
        Header: ruledMap(
            rules.headerName,
            z.array(ruled<string>(rules.text), "a list of texts"),
            "a map from names of headers to lists of texts",
        ).optional(),
        Body: ruled<string>(rules.text).optional(),
        DisableRedirects: flag,
        OutputMaxSize: ruled<number>(rules.bytes).optional(),
        TCP: hostPort,
        TCPUseTLS: flag,
        UDP: hostPort,
        GRPC: hostPort,
        GRPCUseTLS: flag,
        H2PING: hostPort,
        H2PingUseTLS: flag,
        TLSServerName: line,
        TLSSkipVerify: flag,
        AliasNode: line,
        AliasService: line,
        SuccessBeforePassing: count,
        FailuresBeforeWarning: count,
        FailuresBeforeCritical: count,
        DeregisterCriticalServiceAfter: duration,
        ServiceID: line,
        ScriptArgs: refused(refusedChecks.script ?? ""),
        DockerContainerID: refused(refusedChecks.docker ?? ""),
        Shell: refused(refusedChecks.docker ?? ""),
        OSService: refused(refusedChecks.osService ?? ""),
    },
    checkRule,
).superRefine((stated, context) => {
    const wrong = (at: string, message: string) => {
        context.addIssue({ code: "custom", path: [at], message });
    };
    const asks = probes.filter((kind) => stated[kind] !== undefined);
    const isAlias = stated.AliasNode !== undefined || stated.AliasService !== undefined;
    const found = [
        ...asks,
        ...(stated.TTL === undefined ? [] : ["TTL"]),
        ...(isAlias ? ["AliasService"] : []),
    ];
    if (found.length !== 1) {
        const all = [...probes, "TTL", "AliasService"].map(inFileWords).join(", ");
        wrong(found[1] ?? "HTTP", `a check has one of ${all}`);
    }
    if (asks.length > 0 && stated.Interval === undefined) {
        wrong("Interval", "how often it is checked, such as 10s");
    }
    if (asks.length === 0 && stated.Interval !== undefined) {
        wrong("Interval", "Consul takes none for a check of this kind");
    }
    const { FailuresBeforeWarning: warning = 0, FailuresBeforeCritical: critical = 0 } = stated;
    if (warning > critical) {
        wrong("FailuresBeforeWarning", warningRule(critical));
    }
});

/** The checks that the agent runs itself. */
const probes = ["HTTP", "TCP", "UDP", "GRPC", "H2PING"] as const;

const given = z.record(z.string(), z.unknown(), "a map");

const address = mapOf({ Address: ruled<string>(rules.line), Port: port }, "address and port");

const common = {
    Address: ruled<string>(rules.line).optional(),
    Port: port,
    Tags: z.array(ruled<string>(rules.line), "a list of words").optional(),
    Meta: ruledMap(rules.metaKey, ruled<string>(rules.metaValue), "a map from names to strings")
        .refine((pairs) => Object.keys(pairs).length <= mostMeta, mostMetaRule)
        .optional(),
    TaggedAddresses: ruledMap(
        rules.metaKey,
        address,
        "a map from names, such as wan, to addresses",
    ).optional(),
    Weights: mapOf(
        {
            Passing: ruled<number>(rules.weight).optional(),
            Warning: ruled<number>(rules.lesserWeight).optional(),
        },
        "passing and warning",
    ).optional(),
    EnableTagOverride: flag,
    SocketPath: ruled<string>(rules.socketPath).optional(),
    Check: check.optional(),
    Checks: z.array(check, "a list of checks").optional(),
    Kind: z.enum(serviceKinds, `one of ${serviceKinds.join(", ")}`).optional(),
    Proxy: given.optional(),
    Locality: mapOf({ Region: line, Zone: line }, "region and zone").optional(),
    Token: refused(
        "a service is registered with this program's own token, and a definition is kept in clear; leave it out",
    ),
    Namespace: enterprise("namespaces"),
    Partition: enterprise("partitions"),
};

const sidecar = mapOf(
    {
        ...common,
        Name: ruled<string>(rules.name).optional(),
        ID: refused("the agent gives a sidecar its id; leave it out"),
        Connect: refused("a sidecar has none of its own; leave it out"),
    },
    "a sidecar, as a map",
);

const definition = mapOf(
    {
        Name: ruled<string>(rules.name),
        ID: ruled<string>(rules.id).optional(),
        ...common,
        Address: ruled<string>(rules.address).optional(),
        Ports: z
            .array(
                mapOf(
                    {
                        Name: ruled<string>(rules.portName),
                        Port: ruled<number>(rules.port),
                        Default: flag,
                    },
                    "a port: name, port and default",
                ),
                "a list of ports",
            )
            .optional(),
        Connect: mapOf(
            { Native: flag, SidecarService: sidecar.optional() },
            "native or sidecar_service",
        ).optional(),
    },
    "a map: what Consul's file has inside of service {}",
).superRefine(({ Port, Ports }, context) => {
    if (Port !== undefined && Ports !== undefined) {
        const message = "ports are there already; leave one of the two out";
        context.addIssue({ code: "custom", path: ["Port"], message });
    }
});

/** What is wrong with a definition as Consul's files have it, in its own words. */
export function definitionIssues(given: unknown): Issue[] {
    if (!isPlainMap(given)) {
        return problemsOf(definition.safeParse(given).error, given);
    }
    const doubled = doubledKey(given, serviceLevel);
    if (doubled !== undefined) {
        return [{ path: [doubled], rule: "another spelling of a key that is there already" }];
    }
    const wrapped = ["service", "services"].find((key) => isPlainMap(given[key]));
    if (wrapped !== undefined) {
        return [{ path: [wrapped], rule: "write what is inside of it in its place" }];
    }
    const named = withApiNames(given, serviceLevel);
    return problemsOf(definition.safeParse(named).error, named).map(({ path, rule }) => ({
        path: inOwnWords(path, given, serviceLevel),
        rule,
    }));
}
