import type { EngineOptions } from "../protocol/engineOptions.ts";
import { flagsAfter } from "./facts/daemonFlags.ts";
import type { HostFacts } from "./facts/hostFacts.ts";

/** What a daemon's configuration file calls flags that it calls otherwise: of most lists, the plural. */
const fileKeys: Readonly<Record<string, string>> = {
    "add-runtime": "runtimes",
    "default-address-pool": "default-address-pools",
    "default-ulimit": "default-ulimits",
    "dns-opt": "dns-opts",
    "exec-opt": "exec-opts",
    "log-opt": "log-opts",
    "storage-opt": "storage-opts",
    "authorization-plugin": "authorization-plugins",
};

/** The keys of a daemon's configuration file that collide with these options: it does not start with both. */
export function configKeysOf({
    mirrors,
    insecureRegistries,
    flags,
    making = {},
}: EngineOptions): string[] {
    const named = [...flags, ...(making.flags ?? [])].map(nameOf);
    return [
        ...(mirrors.length === 0 ? [] : ["registry-mirrors"]),
        ...(insecureRegistries.length === 0 ? [] : ["insecure-registries"]),
        ...new Set(named.map((name) => fileKeys[name] ?? name)),
    ];
}

/** Flags of a daemon that add to what others of their name say, besides {@link fileKeys}. */
const adding: ReadonlySet<string> = new Set([
    ...Object.keys(fileKeys),
    "dns",
    "dns-search",
    "insecure-registry",
    "label",
    "registry-mirror",
]);

/**
 * The flags of `docker-machine create` by which a host's Docker stays as it is: its storage driver, where it keeps its
 * data, its labels, and what else it was started with.
 *
 * @param stated what the engine is told: what that says in another way does not stay.
 */
export function keepingFlags(
    { docker: { engine, words } }: HostFacts,
    stated?: EngineOptions,
): string[] {
    if (engine === undefined) {
        return [];
    }
    const said = new Set(stated?.flags.map(nameOf));
    const kept = flagsAfter(words)
        .kept.filter((flag) => adding.has(nameOf(flag)) || !said.has(nameOf(flag)))
        .map((flag) => (flag.startsWith("label=") ? `--engine-${flag}` : `--engine-opt=${flag}`));
    return [`--engine-storage-driver=${engine.storageDriver}`, ...kept];
}

function nameOf(flag: string): string {
    return flag.split("=", 1)[0] ?? "";
}
