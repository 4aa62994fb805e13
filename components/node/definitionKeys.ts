/** A map of Consul's in which keys have the names of its files (`tagged_addresses`), of its API (`TaggedAddresses`), or
 * anything between the two. */
export interface Level {
    /** The keys, as the API has them. */
    readonly names: readonly string[];
    /** What files call otherwise, in lowercase letters alone. @default nothing */
    readonly aliases?: Readonly<Record<string, string>>;
    /** The maps inside of it, and those in its lists, by key. @default none */
    readonly inside?: Readonly<Record<string, Level>>;
    /** What each of its values is, where its keys are anyone's. @default its keys are those above */
    readonly each?: Level;
}

const check: Level = {
    names: [
        ...["CheckID", "Name", "Notes", "Status", "Interval", "Timeout", "TTL", "HTTP", "Method"],
        ...["Header", "Body", "DisableRedirects", "OutputMaxSize", "TCP", "TCPUseTLS", "UDP"],
        ...["GRPC", "GRPCUseTLS", "H2PING", "H2PingUseTLS", "TLSServerName", "TLSSkipVerify"],
        ...["AliasNode", "AliasService", "SuccessBeforePassing", "FailuresBeforeWarning"],
        ...["FailuresBeforeCritical", "DeregisterCriticalServiceAfter", "ServiceID", "ScriptArgs"],
        ...["DockerContainerID", "Shell", "OSService"],
    ],
    aliases: { id: "CheckID", args: "ScriptArgs", script: "ScriptArgs" },
};

const sidecar: Level = {
    names: [
        ...["Name", "Port", "Address", "Tags", "Meta", "Check", "Checks", "Proxy", "Weights"],
        ...["TaggedAddresses", "EnableTagOverride", "SocketPath", "Kind", "Locality"],
        ...["ID", "Connect", "Token", "Namespace", "Partition"],
    ],
    inside: {
        Check: check,
        Checks: check,
        Weights: { names: ["Passing", "Warning"] },
        TaggedAddresses: { names: [], each: { names: ["Address", "Port"] } },
        Locality: { names: ["Region", "Zone"] },
    },
};

/** A service, as it is registered. */
export const serviceLevel: Level = {
    names: [...sidecar.names, "Ports"],
    inside: {
        ...sidecar.inside,
        Ports: { names: ["Name", "Port", "Default"] },
        Connect: { names: ["Native", "SidecarService"], inside: { SidecarService: sidecar } },
    },
};

/** A key without what spellings differ in. */
const plain = (key: string) => key.toLowerCase().replaceAll(/[-_]/g, "");

/** The API's name of a key; the key itself where it is none of the map's. */
function nameOf(key: string, { names, aliases = {} }: Level): string {
    const wanted = plain(key);
    return aliases[wanted] ?? names.find((name) => plain(name) === wanted) ?? key;
}

/** Two keys of a map that are one, or undefined. */
export function doubledKey(map: object, level: Level): string | undefined {
    const names = Object.keys(map).map((key) => nameOf(key, level));
    return Object.keys(map).find((_, index) => names.indexOf(names[index] ?? "") !== index);
}

/** A value with the API's names. */
export function withApiNames(value: unknown, level: Level): unknown {
    if (Array.isArray(value)) {
        return value.map((one) => withApiNames(one, level));
    }
    if (!isPlainMap(value)) {
        return value;
    }
    const entries = Object.entries(value).map(([key, inner]) => {
        const name = level.each === undefined ? nameOf(key, level) : key;
        const below = level.each ?? level.inside?.[name];
        return [name, below === undefined ? inner : withApiNames(inner, below)] as const;
    });
    return Object.fromEntries(entries);
}

/** A path of the API's names, in the words of the value that it leads through. */
export function inOwnWords(
    path: readonly PropertyKey[],
    value: unknown,
    level: Level | undefined,
): PropertyKey[] {
    const [first, ...rest] = path;
    if (first === undefined) {
        return [];
    }
    if (Array.isArray(value)) {
        return [first, ...inOwnWords(rest, Reflect.get(value, first), level)];
    }
    if (!isPlainMap(value) || level === undefined) {
        return [first, ...rest];
    }
    const own =
        level.each === undefined
            ? Object.keys(value).find((key) => nameOf(key, level) === first)
            : undefined;
    const below = level.each ?? level.inside?.[String(first)];
    const key = own ?? (isPlainKey(first, level) ? inFileWords(String(first)) : first);
    return [key, ...inOwnWords(rest, Reflect.get(value, own ?? first), below)];
}

function isPlainKey(key: PropertyKey, { names }: Level): boolean {
    return names.includes(String(key));
}

/** A name of the API, in the words of Consul's files. */
export function inFileWords(name: string): string {
    return fileWords[name] ?? name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toLowerCase();
}

/** The names whose words run together. */
const fileWords: Readonly<Record<string, string>> = {
    CheckID: "id",
    ScriptArgs: "args",
    TCPUseTLS: "tcp_use_tls",
    GRPCUseTLS: "grpc_use_tls",
    H2PingUseTLS: "h2ping_use_tls",
    TLSServerName: "tls_server_name",
    TLSSkipVerify: "tls_skip_verify",
    OSService: "os_service",
    DockerContainerID: "docker_container_id",
};

/** Whether a value is a map that somebody has written, not a thing of Pulumi's. */
export function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return false;
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
}
