/** Maps whose keys are an operator's own words. Of all other keys Consul does not mind the case. */
const freeMaps: ReadonlySet<string> = new Set([
    "audit.sink",
    "connect.ca_config",
    "dns_config.service_ttl",
    "http_config.response_headers",
    "node_meta",
    "snapshot_agent",
    "tagged_addresses",
    "ui_config.dashboard_url_templates",
]);

/** Whether the keys at a place of a configuration are an operator's own words, and "a" is not "A". */
export function isFreeMap(place: readonly (string | number)[]): boolean {
    return freeMaps.has(place.map((part) => String(part).toLowerCase()).join("."));
}
