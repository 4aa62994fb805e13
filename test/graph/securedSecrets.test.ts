import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import { formationProblem } from "../../components/cluster/clusterProblems.ts";
import {
    authority,
    clusterArgs,
    declareCluster,
    joinAuthorities,
    securedCluster,
    seed,
    serverNames,
    tokens,
} from "../support/cluster.ts";
import { isSecret, valueOf } from "../support/declare.ts";

/** All texts that are no secret, in any resource. */
function textsInClear(value: unknown): string[] {
    if (typeof value === "string") {
        return [value];
    }
    return typeof value !== "object" || value === null || isSecret(value)
        ? []
        : Object.values(value).flatMap(textsInClear);
}

test("no secret is in clear in anything that is registered, and two Commands have any", async () => {
    const { declared, cluster } = await securedCluster("virtualbox");

    const { clientKey, serverKey } = joinAuthorities;
    const secrets = [seed, authority.key, clientKey, serverKey, ...Object.values(tokens)];
    const given = ["Command consul-access", "Command consul-joining"];
    const forms = secrets.flatMap((secret) => [
        secret,
        Buffer.from(secret).toString("base64"),
        JSON.stringify(secret).slice(1, -1),
    ]);
    for (const { key, wire, inputs } of declared) {
        const clear = textsInClear(wire).join("\n");
        expect([key, forms.filter((form) => clear.includes(form))]).toEqual([key, []]);
        const all = JSON.stringify(inputs);
        expect(forms.some((form) => all.includes(form))).toBe(given.includes(key));
    }
    const { caCertificate, managementToken } = cluster;
    expect(caCertificate && (await valueOf(caCertificate))).toBe(authority.certificate);
    expect(managementToken && (await valueOf(managementToken))).toBe(tokens.managementToken);
    expect(managementToken && (await pulumi.isSecret(managementToken))).toBe(true);
    expect(caCertificate && (await pulumi.isSecret(caCertificate))).toBe(false);
});

test.each([
    ["full", undefined, 'got "full"; this cluster was made open, and cannot be secured while'],
    ["full", "open", 'got "full"; this cluster was made open, and cannot be secured while'],
    ["open", "full", 'got "open"; this cluster is secured, and what was kept from whoever'],
] as const)("a cluster is not made %s that was recorded as %s", (security, recorded, message) => {
    const args = clusterArgs("generic", { security });
    const formation = { expect: 3, servers: serverNames, security: recorded };
    const problem = formationProblem(formation, args);
    expect(problem).toContain(`security: ${message}`);
    expect(problem).toContain("restore the snapshot there: docs/restore.md.");
    expect(formationProblem({ ...formation, security }, args)).toBeUndefined();
});

const refused: readonly (readonly [string, Partial<ConsulClusterArgs>, string])[] = [
    [
        "progrium's image",
        { imageFlavour: "progrium" },
        'imageFlavour: got "progrium"; Consul 0.5.2 has neither',
    ],
    ["another stack's servers", { join: ["10.9.9.1"] }, 'join: got ["10.9.9.1"]; the agents of'],
    ["no number", { rotate: { leaf: 0 } }, "rotate.leaf: got 0; a whole number"],
    ["ACLs of one's own", { agentConfig: { acl: {} } }, "agentConfig.acl: cannot be set here;"],
    [
        "a token for the container",
        { environment: { CONSUL_HTTP_TOKEN: "x" } },
        "environment.CONSUL_HTTP_TOKEN: cannot be set here;",
    ],
];

test.each(refused)("a secured cluster with %s is refused by name", async (_, over, message) => {
    await expect(declareCluster("generic", { ...over, security: "full" })).rejects.toThrow(message);
});

test("an open cluster has nothing to rotate", async () => {
    await expect(declareCluster("generic", { rotate: { ca: 2 } })).rejects.toThrow(
        'rotate: got {"ca":2}; an open cluster has no secrets to replace.',
    );
});
