import { isObject, type Json, type JsonObject } from "../configObject.ts";
import type { ConfigPath } from "../layeredConfig.ts";

/** An address of the container's own in a configuration. */
export interface LoopbackAddress {
    readonly place: ConfigPath;
    /** The address, and the port where one is stated. */
    readonly host: string;
    readonly port: number | undefined;
}

/** Words for people, names, and networks of callers: no agent connects to them. */
const texts: ReadonlySet<string> = new Set([
    "allow_write_http_from",
    "body",
    "header",
    "id",
    "meta",
    "name",
    "node_meta",
    "notes",
    "response_headers",
    "serf_lan_allowed_cidrs",
    "serf_wan_allowed_cidrs",
    "tags",
]);

/** Ports on which the agent itself listens in its container: there the container is what is meant. */
const own: ReadonlySet<number> = new Set([8300, 8301, 8302, 8500, 8501, 8502, 8503, 8600]);

const address =
    /(?:^|[\s/@="'(,[])(127(?:\.\d{1,3}){3}|localhost|::1)(?:\]?:(\d{1,5}))?(?![\w.-])/i;

/** Every address in a configuration that means the host in files of agents that run there, and the container itself in
 * ours: 127.x, localhost and ::1, wherever an agent connects to one. */
export function loopbackAddresses(config: JsonObject): LoopbackAddress[] {
    return within(config, []);
}

function within(value: Json | undefined, place: ConfigPath): LoopbackAddress[] {
    if (typeof value === "string") {
        const [, host, digits] = address.exec(value) ?? [];
        const port = digits === undefined ? undefined : Number(digits);
        return host === undefined || (port !== undefined && own.has(port))
            ? []
            : [{ place, host, port }];
    }
    if (Array.isArray(value)) {
        const items = value as readonly Json[];
        return items.flatMap((item, index) => within(item, [...place, index]));
    }
    return isObject(value)
        ? Object.entries(value)
              .filter(([key]) => !texts.has(key.toLowerCase()))
              .flatMap(([key, inner]) => within(inner, [...place, key]))
        : [];
}
