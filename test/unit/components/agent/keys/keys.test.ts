import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectRoot } from "../../../../../cli/tools/paths.ts";
import { consulImage, isKnown } from "../../../../../components/agent/keys/consulImage.ts";
import { askedEndpoints } from "../../../../../components/agent/keys/lockOutRules.ts";
import { nearest } from "../../../../../components/agent/keys/nearest.ts";
import { plainKeys } from "../../../../../components/agent/keys/plainKeys.ts";
import { configProblems } from "../../../../../components/cluster/configProblems.ts";

test.each([
    ["hashicorp/consul:1.22.2", [1, 22], "open", true],
    ["registry.example:5000/hashicorp/consul:1.20.6", [1, 20], "open", true],
    ["consul:1.15", [1, 15], "open", true],
    ["hashicorp/consul:1.23.0", [1, 23], "open", false],
    ["hashicorp/consul:2.0.1", [2, 0], "open", false],
    ["hashicorp/consul-enterprise:1.22.2-ent", [1, 22], "enterprise", true],
    ["registry.example/consul:1.22.2-ent-ubi", [1, 22], "enterprise", true],
    ["registry.example/own/discovery:1.22.2", [1, 22], undefined, true],
    ["hashicorp/consul:latest", undefined, "open", false],
    [`hashicorp/consul@sha256:${"0".repeat(64)}`, undefined, "open", false],
    [undefined, undefined, undefined, false],
])("%s is Consul %j, %s", (reference, version, edition, known) => {
    const image = consulImage(reference);
    expect(image).toEqual({ version, edition });
    expect(isKnown(image)).toBe(known);
});

test.each([
    ["nodeMeta", "node_meta"],
    ["retry_jion_wan", "retry_join_wan"],
    ["logLevel", "log_level"],
    ["dns_conf", "dns_config"],
    ["qwertz", undefined],
    ["", undefined],
])("%s is most like %s", (name, like) => {
    expect(nearest(name, Object.keys(plainKeys))).toBe(like);
});

/** The sources of a folder and of those below it. */
function sourcesIn(folder: string): string[] {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => readFileSync(join(folder, file), "utf8"));
}

test("whatever the scripts ask of an agent is among the endpoints that may not be blocked", () => {
    const all = ["scripts", "cli"].flatMap((folder) => sourcesIn(join(projectRoot, folder)));
    const asked = all.flatMap((text) =>
        [...text.matchAll(/["'`](\/v1\/[a-z/-]+)/g)].map(([, one]) => one ?? ""),
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((path) => !askedEndpoints.some((own) => path.startsWith(own)))).toEqual([]);
    expect(askedEndpoints.filter((own) => !asked.some((path) => path.startsWith(own)))).toEqual([]);
});

test("a role without nodes is checked too, and a line is said once", () => {
    const cluster = {
        security: "open",
        reference: "hashicorp/consul:1.22.2",
        agentConfig: { log_level: "loud" },
        clientConfig: { bootstrap: true },
    } as const;
    const nodes = ["a", "b"].map((name) => ({
        role: "server" as const,
        path: `${name}.agentConfig`,
    }));
    expect(configProblems(cluster, nodes)).toEqual([
        'agentConfig.log_level: got "loud"; expected one of TRACE, DEBUG, INFO, WARN, ERR, ERROR',
        "clientConfig.bootstrap: cannot be set here; the plan decides which server bootstraps",
    ]);
});

test("a value that every node overrides is nobody's", () => {
    const nodes = (["server", "client"] as const).map((role) => ({
        role,
        path: `${role}.agentConfig`,
        agentConfig: { Log_Level: "WARN" },
    }));
    const agentConfig = { log_level: "loud" };
    expect(configProblems({ security: "full", reference: undefined, agentConfig }, nodes)).toEqual(
        [],
    );
});
