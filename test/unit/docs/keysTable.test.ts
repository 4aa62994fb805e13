import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { nestedKeys } from "../../../components/agent/keys/nestedKeys.ts";
import {
    enterpriseKeys,
    internalKeys,
    removedKeys,
} from "../../../components/agent/keys/otherKeys.ts";
import { plainKeys } from "../../../components/agent/keys/plainKeys.ts";
import { ownedKeysOf } from "../../../components/agent/ownedKeys.ts";
import { reloadablePaths } from "../../../components/agent/reloadableConfig.ts";
import { expectPart } from "../../support/pages/generatedPart.ts";
import { keysTable } from "../../support/pages/keysTable.ts";

const root = new URL("../../../", import.meta.url);

test("docs/agents.md says of every key where it goes", async () => {
    await expectPart(fileURLToPath(new URL("docs/agents.md", root)), "keys", keysTable());
});

test("no key has two verdicts", () => {
    const owned = new Set([
        ...Object.keys(ownedKeysOf("open")),
        ...Object.keys(ownedKeysOf("full")),
    ]);
    const others = [...enterpriseKeys, ...internalKeys, ...Object.keys(removedKeys)];
    expect(new Set(others).size).toBe(others.length);
    expect(others.filter((name) => Object.hasOwn(plainKeys, name) || owned.has(name))).toEqual([]);
    // Those that may be set in an open cluster alone are in both lists.
    const open = ownedKeysOf("open");
    expect(Object.keys(plainKeys).filter((name) => Object.hasOwn(open, name))).toEqual([]);
});

test("what is reloaded, and what is said of the inside of a key, is of keys that may be set", () => {
    const top = (path: string) => path.split(".")[0] ?? "";
    expect(reloadablePaths.filter((path) => !Object.hasOwn(plainKeys, top(path)))).toEqual([]);
    expect(Object.keys(nestedKeys).filter((path) => !Object.hasOwn(plainKeys, top(path)))).toEqual(
        [],
    );
    const inner = reloadablePaths.filter((path) => path.includes("."));
    expect(
        inner.filter((path) => {
            const at = path.lastIndexOf(".");
            return nestedKeys[path.slice(0, at)]?.includes(path.slice(at + 1)) !== true;
        }),
    ).toEqual([]);
});
