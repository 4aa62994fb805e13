import type { JsonObject } from "../../components/agent/agentConfig.ts";
import { isObject, mergeConfig } from "../../components/agent/configObject.ts";
import { foundConfigs, type FoundConfig, type Seen } from "./foundConfigs.ts";

/** The parts of a configuration. */
const parts = ["agentConfig", "serverConfig", "clientConfig", "ofFirst"] as const;

/** Configurations that go together on one cluster. */
export interface FoundGroup {
    readonly what: readonly string[];
    readonly config: Readonly<Record<(typeof parts)[number], JsonObject>>;
    readonly seen: readonly Seen[];
}

const empty: FoundGroup = {
    what: [],
    config: { agentConfig: {}, serverConfig: {}, clientConfig: {}, ofFirst: {} },
    seen: [],
};

/** The configurations that work with any image, in as few groups as go together. */
export function foundGroups(): readonly FoundGroup[] {
    return foundConfigs
        .filter(({ refused, image, security }) => (refused ?? image ?? security) === undefined)
        .reduce<readonly FoundGroup[]>((groups, found) => {
            const at = groups.findIndex((group) => goesWith(group, found));
            return at === -1
                ? [...groups, withFound(empty, found)]
                : groups.map((group, index) => (index === at ? withFound(group, found) : group));
        }, []);
}

function goesWith({ config }: FoundGroup, found: FoundConfig): boolean {
    const all = Object.values(config);
    return parts.every((part) => all.every((other) => agrees(other, found[part] ?? {})));
}

/** Whether no place has two values. */
function agrees(one: JsonObject, other: JsonObject): boolean {
    return Object.entries(other).every(([key, value]) => {
        const before = one[key];
        return (
            before === undefined ||
            (isObject(before) && isObject(value)
                ? agrees(before, value)
                : JSON.stringify(before) === JSON.stringify(value))
        );
    });
}

function withFound({ what, config, seen }: FoundGroup, found: FoundConfig): FoundGroup {
    const merged = parts.map((part) => [part, mergeConfig(config[part], found[part] ?? {})]);
    return {
        what: [...what, found.what],
        config: Object.fromEntries(merged) as FoundGroup["config"],
        seen: [...seen, ...(found.seen ?? [])],
    };
}
