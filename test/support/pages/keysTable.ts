import {
    enterpriseKeys,
    insteadOfEnterprise,
    internalKeys,
    removedKeys,
} from "../../../components/agent/keys/otherKeys.ts";
import { plainKeys, type PlainKey } from "../../../components/agent/keys/plainKeys.ts";
import { ownedKeys, ownedKeysOf } from "../../../components/agent/ownedKeys.ts";
import { reloadablePaths } from "../../../components/agent/reloadableConfig.ts";

/** The rows of docs/agents.md: every key of Consul's configuration, where it goes, and what a change of it does. */
export function keysTable(): string {
    const names = new Set([
        ...Object.keys(plainKeys),
        ...Object.keys(ownedKeysOf("full")),
        ...Object.keys(ownedKeysOf("open")),
        ...enterpriseKeys,
        ...internalKeys,
        ...Object.keys(removedKeys),
    ]);
    const rows = [...names]
        .sort()
        .map((name) => `| \`${name}\` | ${placeOf(name)} | ${changeOf(name)} |`);
    return [
        "<!-- prettier-ignore -->",
        "| Key | Where it goes | A change |",
        "| --- | --- | --- |",
        ...rows,
    ].join("\n");
}

function placeOf(name: string): string {
    const owned = ownedKeys[name];
    if (owned !== undefined) {
        return `not to be set: ${owned}`;
    }
    const inOpen = ownedKeysOf("open")[name];
    const inFull = ownedKeysOf("full")[name]?.replace("under full security ", "");
    const plain = plainKeys[name];
    if (plain !== undefined) {
        return (
            plainPlace(plain) +
            (inFull === undefined ? "" : `; not in a secured cluster: ${inFull}`)
        );
    }
    if (inOpen !== undefined) {
        const other =
            inFull === undefined || inFull === inOpen ? "" : `; in a secured one ${inFull}`;
        return `not to be set: in an open cluster ${inOpen}${other}`;
    }
    if (enterpriseKeys.includes(name)) {
        const instead = insteadOfEnterprise[name];
        return `\`agentConfig\`, with an Enterprise image alone${instead === undefined ? "" : `; else: ${instead}`}`;
    }
    return internalKeys.includes(name)
        ? "not to be set: Consul sets it itself"
        : `of an earlier Consul: ${removedKeys[name] ?? ""}`;
}

function plainPlace({ only, everywhere, now }: PlainKey): string {
    const part = only === undefined ? "`agentConfig`" : `\`${only}Config\``;
    return [
        now === undefined ? part : `${part}, under \`${now}\` by now`,
        ...(everywhere === true ? ["the same for every node"] : []),
    ].join(", ");
}

function changeOf(name: string): string {
    if (plainKeys[name] === undefined) {
        return "";
    }
    if (reloadablePaths.includes(name)) {
        return "is reloaded";
    }
    const parts = reloadablePaths.filter((path) => path.startsWith(`${name}.`));
    return parts.length === 0
        ? "restarts the agent"
        : `restarts the agent; reloaded are ${parts.map((path) => `\`${path}\``).join(", ")}`;
}
