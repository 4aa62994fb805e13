import { expect, it } from "vitest";
import { encryptedKeys } from "../../../cli/stack/declaredSettings.ts";

it("the settings that are encrypted in a stack file are told, whole or in part", () => {
    const config = {
        "consul-machines:servers": 3,
        "consul-machines:gossipKey": { secure: "v1:a" },
        "consul-machines:environment": { PLAIN: "b", CONSUL_LICENSE: { secure: "v1:c" } },
        "consul-machines:clients": [{ name: "x", agentConfig: { key: { secure: "v1:d" } } }],
        "consul-machines:labels": { secure: { team: "a label of this name" } },
    };
    expect(encryptedKeys({ config })).toEqual([
        "consul-machines:gossipKey",
        "consul-machines:environment",
        "consul-machines:clients",
    ]);
    expect(encryptedKeys({})).toEqual([]);
});
