/**
 * What a secured agent answers whoever has no token, as docs/security.md has it: paths behind `/v1/`.
 */

/** They answer. */
export const answered = [
    "status/leader",
    "status/peers",
    "catalog/datacenters",
    "agent/version",
    "acl/replication",
] as const;

/** They are refused. */
export const refused = [
    "kv/lab/secured",
    "agent/self",
    "agent/metrics",
    "agent/host",
    "operator/raft/configuration",
    "operator/keyring",
    "operator/autopilot/health",
    "acl/tokens",
    "snapshot",
] as const;

/** Writes that are refused, with what would be written. */
export const refusedWrites: Readonly<Record<string, string>> = {
    "kv/lab/secured": "another",
    "agent/service/register": '{"Name":"another"}',
    "agent/leave": "",
    "agent/reload": "",
    "catalog/register": '{"Node":"another","Address":"192.0.2.1"}',
    "session/create": "{}",
    snapshot: "",
};

/** They answer as if there was nothing. */
export const emptied: Readonly<Record<string, string>> = {
    "kv/?recurse": "",
    "catalog/nodes": "[]",
    "catalog/services": "{}",
    "agent/members": "[]",
    "agent/services": "{}",
    "health/state/any": "[]",
};
