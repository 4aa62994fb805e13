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

const recordedAs = (security?: "full" | "open") => ({
    expect: 3,
    servers: serverNames,
    ...(security && { security }),
});

test("a cluster that was recorded as secured is never made open", () => {
    const problem = formationProblem(
        recordedAs("full"),
        clusterArgs("generic", { security: "open" }),
    );
    expect(problem).toContain(
        'security: got "open"; this cluster is secured, or on its way to that',
    );
    expect(problem).toContain("restore the snapshot there: docs/restore.md.");
});

test.each([undefined, "open"] as const)(
    "a cluster that was recorded as %s is secured where that is stated, and not by default",
    (recorded) => {
        const problem = (security?: "full" | "open") =>
            formationProblem(recordedAs(recorded), { ...clusterArgs("generic", {}), security });
        expect([problem("full"), problem("open")]).toEqual([undefined, undefined]);
        expect(problem()).toMatch(/^security: this cluster was made open, and it is not said what/);
    },
);

test("an open cluster that becomes a secured one is recorded as such before it is touched", async () => {
    const { find } = await securedCluster("generic");
    const formation = find("Command consul-formation");
    expect(formation.inputs).toMatchObject({
        create: "formation record",
        update: "formation secure",
        addPreviousOutputInEnv: true,
    });
    expect(formation.ignoreChanges).toEqual(["stdin"]);
    expect(find("Command consul-access").dependsOn).toContain("Command consul-formation");
    // Before any server is cleared, all agents have been prepared.
    for (const server of serverNames) {
        const { dependsOn } = find(`Command consul-${server}-agent-clearance`);
        expect(dependsOn).toContain("Command consul-access");
    }
});

test("declared as open, what is recorded stays as it is", async () => {
    const { find } = await declareCluster("generic", { security: "open" });
    const formation = find("Command consul-formation");
    expect(formation.inputs).toMatchObject({ update: "formation record" });
    expect(formation.ignoreChanges).toEqual(["stdin", "update", "addPreviousOutputInEnv"]);
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

test("an open cluster speaks no TLS", async () => {
    await expect(declareCluster("generic", { tls: { clientCertificates: true } })).rejects.toThrow(
        'tls: got {"clientCertificates":true}; an open cluster speaks no TLS; leave it out, or',
    );
    await expect(declareCluster("generic", { tls: {} })).resolves.toBeDefined();
});

test("an open cluster has nothing to rotate", async () => {
    await expect(declareCluster("generic", { rotate: { ca: 2 } })).rejects.toThrow(
        'rotate: got {"ca":2}; an open cluster has no secrets to replace.',
    );
});
