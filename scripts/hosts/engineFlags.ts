import { flagsAfter } from "./facts/daemonFlags.ts";
import type { HostFacts } from "./facts/hostFacts.ts";

/**
 * The flags of `docker-machine create` by which a host's Docker stays as it is: its storage driver, where it keeps its
 * data, its labels, and what else it was started with.
 */
export function keepingFlags({ docker: { engine, words } }: HostFacts): string[] {
    if (engine === undefined) {
        return [];
    }
    const kept = flagsAfter(words).kept.map((flag) =>
        flag.startsWith("label=") ? `--engine-${flag}` : `--engine-opt=${flag}`,
    );
    return [`--engine-storage-driver=${engine.storageDriver}`, ...kept];
}
