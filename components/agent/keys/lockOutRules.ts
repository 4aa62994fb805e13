import type { Json } from "../configObject.ts";
import { valueAt, type ConfigRule, type Finding } from "./finding.ts";

/** What this program asks of agents, by the beginnings of the paths; a test holds them against what its scripts ask. */
export const askedEndpoints: readonly string[] = [
    "/v1/acl/",
    "/v1/agent/",
    "/v1/catalog/",
    "/v1/health/",
    "/v1/kv/",
    "/v1/operator/",
    "/v1/snapshot",
    "/v1/status/",
];

const ownAcls =
    'whoever changes or upgrades this cluster needs a token then, and a snapshot a management token also under "allow": the ' +
    'next change, and the way back, would end in 403. Set "security" to "full": it turns ACLs on while the cluster runs, ' +
    "with a token for each that asks";

/** ACLs of an open cluster, in the spelling of today and in that of files of before 1.4: `acl_datacenter` turns them on. */
const acls: ConfigRule = (config, { security }) => {
    if (security !== "open") {
        return [];
    }
    const enabled = valueAt(config, "acl", "enabled");
    const { acl_datacenter: datacenter } = config;
    return [
        ...(enabled === true ? [{ place: ["acl", "enabled"], value: true, rule: ownAcls }] : []),
        ...(datacenter === undefined
            ? []
            : [
                  {
                      place: ["acl_datacenter"],
                      value: datacenter,
                      rule: `it turns ACLs on: ${ownAcls}`,
                  },
              ]),
    ];
};

/** TLS between agents is for all of them or for none, and not to be had one server after another. */
const demandedTls: ConfigRule = (config, { security }) => {
    if (security !== "open") {
        return [];
    }
    const keys = ["verify_incoming", "verify_outgoing", "verify_server_hostname"];
    return ["defaults", "internal_rpc"].flatMap((part) =>
        keys.flatMap((key): Finding[] => {
            const place = ["tls", part, key];
            const rule =
                'the first server that is changed would be alone with it, and the change end there; set "security" to ' +
                '"full", which turns TLS on between all agents while the cluster runs';
            return valueAt(config, ...place) === true ? [{ place, value: true, rule }] : [];
        }),
    );
};

const textsIn = (value: Json | undefined): string[] =>
    Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];

const http: ConfigRule = (config) => {
    const from = textsIn(valueAt(config, "http_config", "allow_write_http_from"));
    const place = ["http_config", "allow_write_http_from"];
    const writers =
        "this program registers services and changes members over HTTP, from this computer and from the machines, whose " +
        'addresses the agent may see as its bridge\'s; who may write is what ACLs decide: "security" set to "full". Leave ' +
        "it out";
    const blocked = textsIn(valueAt(config, "http_config", "block_endpoints"));
    const asked = (path: string) =>
        askedEndpoints.find((own) => own.startsWith(path) || path.startsWith(own));
    return [
        ...(from.length > 0 && !from.includes("0.0.0.0/0")
            ? [{ place, value: from, rule: writers }]
            : []),
        ...blocked.flatMap((path, index): Finding[] => {
            const own = asked(path);
            const rule =
                `this program asks ${own ?? ""} of every agent, and would wait for it in vain; who may ask what is what ACLs ` +
                'decide: "security" set to "full". Leave it out';
            const at = ["http_config", "block_endpoints", index];
            return own === undefined ? [] : [{ place: at, value: path, rule }];
        }),
    ];
};

/** The least of each limit with which this program's own questions are let through; 0 or less is no limit. */
const least: Readonly<Record<string, number>> = {
    "limits.http_max_conns_per_client": 20,
    "limits.rpc_max_conns_per_client": 20,
    "limits.rpc_max_burst": 10,
};

const limits: ConfigRule = (config) => {
    const tooTight = Object.entries(least).flatMap(([name, minimum]): Finding[] => {
        const place = name.split(".");
        const value = valueAt(config, ...place);
        const rule =
            `at least ${minimum}: behind published ports all callers from outside of the container count as one, this program's ` +
            "gates among them";
        return typeof value === "number" && value > 0 && value < minimum
            ? [{ place, value, rule }]
            : [];
    });
    const rate = valueAt(config, "limits", "rpc_rate");
    const none =
        "at least 1, or -1 for no limit: with less no question of the agent reaches a server";
    return [
        ...tooTight,
        ...(typeof rate === "number" && rate >= 0 && rate < 1
            ? [{ place: ["limits", "rpc_rate"], value: rate, rule: none }]
            : []),
        ...requestLimits(config),
    ];
};

const requestLimits = (config: Parameters<ConfigRule>[0]): Finding[] => {
    const at = ["limits", "request_limits"];
    const mode = valueAt(config, ...at, "mode");
    if (mode === undefined) {
        return [];
    }
    const modes = ["disabled", "permissive", "enforcing"];
    if (typeof mode !== "string" || !modes.includes(mode)) {
        return [
            { place: [...at, "mode"], value: mode, rule: `expected one of ${modes.join(", ")}` },
        ];
    }
    return ["read_rate", "write_rate"].flatMap((key): Finding[] => {
        const value = valueAt(config, ...at, key);
        const rule =
            "at least 20, or -1 for no limit: it holds for all callers of a server together, this program's gates among them; " +
            'try it with the mode "permissive", which only writes to the log';
        return mode === "enforcing" && typeof value === "number" && value >= 0 && value < 20
            ? [{ place: [...at, key], value, rule }]
            : [];
    });
};

/** What is this program's own, whatever a configuration says. */
const minQuorum: ConfigRule = (config) => {
    const value = valueAt(config, "autopilot", "min_quorum");
    const rule =
        "`up` sets it each time, to three or to the quorum of a larger cluster, so that a failed server counts until it is " +
        "replaced; leave it out";
    return value === undefined ? [] : [{ place: ["autopilot", "min_quorum"], value, rule }];
};

/** Values with which this program could not go on with its own cluster. */
export const lockOutRules: readonly ConfigRule[] = [acls, demandedTls, http, limits, minQuorum];
