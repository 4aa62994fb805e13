import type { Json } from "../../components/agent/agentConfig.ts";
import type { Placement, SourceKey } from "./placed.ts";

/** Consul's names of ports, what the setting `ports` calls them, and their numbers here; undefined for one that is
 * closed where it is not named. */
const asked: Readonly<Record<string, readonly [setting: string, preset: number | undefined]>> = {
    dns: ["dns", 8600],
    grpc: ["grpc", undefined],
    grpc_tls: ["grpcTls", undefined],
    http: ["http", 8500],
    https: ["https", 8501],
};

/** Ports that no setting changes. */
const fixed: Readonly<Record<string, number>> = { server: 8300, serf_lan: 8301, serf_wan: 8302 };

/** Finds a place for a key of `ports`. */
export function placePort(
    name: string,
    value: Json,
    source: SourceKey,
    placement: Placement,
): void {
    const { security } = placement.target;
    const [setting, preset] = asked[name] ?? [];
    const number = typeof value === "number" && value > 0 ? value : undefined;
    const isUnused = name === (security === "full" ? "http" : "https");
    if (fixed[name] === number && number !== undefined) {
        placement.leave(source, "it is so here");
    } else if (setting === undefined) {
        const reason = Object.hasOwn(fixed, name)
            ? "agents find one another at 8300 to 8302, as the machines publish them"
            : "the ports that a service mesh needs are not published";
        placement.leave(source, reason);
    } else if (number === preset) {
        placement.leave(source, "it is so here");
    } else if (isUnused) {
        const other = security === "full" ? "HTTPS" : "HTTP";
        placement.leave(source, `the API is served by ${other} in a cluster of this security`);
    } else {
        placement.put(source, ["ports", setting], number ?? false);
    }
}
