import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { configLabel } from "../../scripts/protocol/labels.ts";
import { property } from "../../scripts/system/json.ts";
import { renewalPeriod } from "../../components/cluster/securityCommands.ts";
import {
    authority,
    client,
    declareCluster,
    keysOf,
    labelOf,
    nodeNames,
    requestOf,
    securedCluster,
} from "../support/cluster.ts";
import { isSecret, valueOf } from "../support/declare.ts";

const tls = { clientCertificates: true } as const;
const command = "Command consul-client";

test("callers' certificates are one Command more, made of the CA, and kept by its answer", async () => {
    const full = await securedCluster("generic");
    const { declared, find, cluster } = await declareCluster("generic", { security: "full", tls });

    expect(keysOf(declared)).toEqual([...keysOf(full.declared), command].sort());
    const { inputs, wire, secretOutputs, dependsOn } = find(command);
    expect(inputs).toMatchObject({ create: "secret client", addPreviousOutputInEnv: true });
    expect(inputs.triggers).toBeUndefined();
    expect(requestOf(find(command))).toEqual({ ca: authority, renewal: renewalPeriod(new Date()) });
    expect([isSecret(property(wire, "stdin")), secretOutputs]).toEqual([true, ["stdout"]]);
    expect(dependsOn).toEqual(["Command consul-ca"]);
    const { certificate, key } = cluster.client ?? {};
    expect(certificate && (await valueOf(certificate))).toBe(client.certificate);
    expect(certificate && (await pulumi.isSecret(certificate))).toBe(false);
    expect(key && (await valueOf(key))).toBe(client.key);
    expect(key && (await pulumi.isSecret(key))).toBe(true);
});

test("what writes the access file is run once more for it, before any agent has it in its files", async () => {
    const { find } = await declareCluster("generic", { security: "full", tls });
    expect(requestOf(find("Command consul-access"))).toMatchObject({ clientCertificates: true });
    for (const node of nodeNames) {
        expect(find(`Command consul-${node}-files`).dependsOn).toContain("Command consul-access");
        expect(requestOf(find(`Command consul-${node}-files`))).toMatchObject({
            config: { tls: { https: { verify_incoming: true } } },
        });
    }
});

test("either setting replaces containers, by their digest, and neither is there unless it is set", async () => {
    const plain = await securedCluster("generic");
    const digests = async (set: object) => {
        const { find } = await declareCluster("generic", { security: "full", tls: set });
        return nodeNames.map((node) =>
            labelOf(find(`Container consul-${node}-agent`), configLabel),
        );
    };
    const before = nodeNames.map((node) =>
        labelOf(plain.find(`Container consul-${node}-agent`), configLabel),
    );
    expect(await digests({})).toEqual(before);
    expect(await digests({ minVersion: "1.2", clientCertificates: false })).toEqual(before);
    for (const set of [{ minVersion: "1.3" }, tls]) {
        const after = await digests(set);
        expect(after.filter((digest, index) => digest === before[index])).toEqual([]);
    }
    expect(requestOf(plain.find("Command consul-access"))).not.toHaveProperty("clientCertificates");
});

test("a preview, which knows no certificate yet, declares the same", async () => {
    const args = { security: "full", tls } as const;
    const { declared } = await declareCluster("generic", args);
    const preview = await declareCluster("generic", args, { preview: true });
    expect(keysOf(preview.declared)).toEqual(keysOf(declared));
});
