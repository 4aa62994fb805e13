import { isObject, type Json, type JsonObject } from "../configObject.ts";
import { valueAt, type ConfigRule, type Finding } from "./finding.ts";

/** Consul's log levels, from the most verbose to the least. */
const logLevels: readonly string[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERR", "ERROR"];

/** A running agent ignores a wrong level on reload, and fails at its next start. */
const logLevel: ConfigRule = ({ log_level: level }) =>
    level === undefined || (typeof level === "string" && logLevels.includes(level.toUpperCase()))
        ? []
        : [{ place: ["log_level"], value: level, rule: `expected one of ${logLevels.join(", ")}` }];

const scriptChecks: ConfigRule = ({ enable_script_checks: scripts }, { security }) => {
    const whoever = security === "open" ? "reaches port 8500" : "may register a service";
    const rule =
        `whoever ${whoever} could run programs on every node. enable_local_script_checks takes those of its ` +
        "configuration alone";
    return scripts === true ? [{ place: ["enable_script_checks"], value: true, rule }] : [];
};

const remoteExec: ConfigRule = ({ disable_remote_exec: isOff }, { security }) => {
    const rule = "whoever reaches port 8500 of a node could run any command on all of them";
    return isOff === false && security === "open"
        ? [{ place: ["disable_remote_exec"], value: false, rule }]
        : [];
};

/** Where the user of the agent's container may make a file: those folders are there, and are the agent's. */
const ownFile = /^\/(consul\/data|tmp)\/[^/]+$/;

/** Files that the agent itself makes. A path that is not there is no path to the agent, but the end of it. */
const files: ConfigRule = (config) =>
    (["log_file", "pid_file"] as const).flatMap((key) => {
        const path = config[key];
        const rule =
            "the path is inside of the agent's container, where it makes files in /consul/data and in /tmp alone, and in no " +
            "folder below; " +
            (key === "log_file"
                ? "the container's log has all of it: `npm run logs`"
                : "leave it out: the agent is the container's one process");
        return path === undefined || (typeof path === "string" && ownFile.test(path))
            ? []
            : [{ place: [key], value: path, rule }];
    });

const syslog: ConfigRule = ({ enable_syslog: isOn }) => {
    const rule =
        "no syslog runs in the agent's container, and the agent ends without one; its log is the container's, which the " +
        "engine of the machine can pass on";
    return isOn === true ? [{ place: ["enable_syslog"], value: true, rule }] : [];
};

const raft: ConfigRule = (config) => {
    const multiplier = valueAt(config, "performance", "raft_multiplier");
    const protocol = config.raft_protocol;
    const isFactor = Number.isInteger(multiplier) && Number(multiplier) >= 1;
    return [
        ...(multiplier === undefined || (isFactor && Number(multiplier) <= 10)
            ? []
            : [
                  {
                      place: ["performance", "raft_multiplier"],
                      value: multiplier,
                      rule: "a whole number from 1 to 10: an agent does not start with another",
                  },
              ]),
        ...(protocol === undefined || protocol === 3
            ? []
            : [{ place: ["raft_protocol"], value: protocol, rule: "3 is the only one by now" }]),
    ];
};

/** Each of them Consul reads as a duration, and the least that it takes, in hours. */
const durations: Readonly<Record<string, number>> = {
    advertise_reconnect_timeout: 0,
    check_update_interval: 0,
    default_query_time: 0,
    discovery_max_stale: 0,
    "dns_config.max_stale": 0,
    "dns_config.node_ttl": 0,
    "dns_config.recursor_timeout": 0,
    "limits.rpc_client_timeout": 0,
    log_rotate_duration: 0,
    max_query_time: 0,
    "performance.leave_drain_time": 0,
    "performance.rpc_hold_timeout": 0,
    raft_snapshot_interval: 0,
    reconnect_timeout: 8,
    reconnect_timeout_wan: 8,
    server_rejoin_age_max: 6,
    session_ttl_min: 0,
    "telemetry.prometheus_retention_time": 0,
};

const hours: Readonly<Record<string, number>> = { h: 1, m: 1 / 60, s: 1 / 3600 };

const duration: ConfigRule = (config) =>
    Object.entries(durations).flatMap(([name, least]): Finding[] => {
        const place = name.split(".");
        const value = valueAt(config, ...place);
        if (value === undefined) {
            return [];
        }
        const isDuration =
            typeof value === "string" && /^-?(0|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/.test(value);
        if (!isDuration) {
            return [{ place, value, rule: 'a duration with its unit in quotes, such as "60s"' }];
        }
        const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
        const length = parts.reduce(
            (sum, [, number = "0", unit = ""]) => sum + Number(number) * (hours[unit] ?? 0),
            0,
        );
        return length >= least ? [] : [{ place, value, rule: `at least ${least}h, says Consul` }];
    });

/** What Consul takes of a node's meta (`ValidateNodeMetadata` in its agent/structs). */
const nodeMeta: ConfigRule = ({ node_meta: meta }) => {
    if (meta === undefined) {
        return [];
    }
    if (!isObject(meta)) {
        return [{ place: ["node_meta"], value: meta, rule: "a map from names to strings" }];
    }
    const names = Object.keys(meta);
    const many = { place: ["node_meta"], rule: `${names.length} entries; Consul takes 64 at most` };
    return [
        ...(names.length > 64 ? [many] : []),
        ...names.flatMap((name) => metaEntry(meta, name)),
    ];
};

function metaEntry(meta: JsonObject, name: string): Finding[] {
    const value: Json = meta[name] ?? null;
    const place = ["node_meta", name];
    if (!/^[a-zA-Z0-9_-]{1,128}$/.test(name)) {
        const rule = "a name of letters, digits, dashes and underscores, at most 128 characters";
        return [{ place, value, rule }];
    }
    if (name.startsWith("consul-")) {
        return [
            {
                place,
                value,
                rule: 'a name that does not begin with "consul-": those are Consul\'s',
            },
        ];
    }
    if (typeof value !== "string") {
        return [{ place, value, rule: "a string; put quotes around it" }];
    }
    return value.length > 512
        ? [{ place, rule: `${value.length} characters; Consul takes 512 at most` }]
        : [];
}

/** The UI is Consul's own or an operator's; an agent that is told of both does not start. */
const ui: ConfigRule = (config) => {
    const directory = valueAt(config, "ui_config", "dir") ?? config.ui_dir;
    const isOn = valueAt(config, "ui_config", "enabled") ?? config.ui;
    const place =
        valueAt(config, "ui_config", "enabled") === undefined ? ["ui"] : ["ui_config", "enabled"];
    const rule = "an agent does not start with it and a folder of another UI; leave it out";
    return directory !== undefined && isOn === true ? [{ place, value: true, rule }] : [];
};

/** Values with which an agent does not start, and values that nobody means. */
export const valueRules: readonly ConfigRule[] = [
    scriptChecks,
    logLevel,
    remoteExec,
    files,
    syslog,
    raft,
    duration,
    nodeMeta,
    ui,
];
