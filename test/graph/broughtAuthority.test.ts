import { X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type { ConsulClusterArgs } from "../../components/cluster/clusterArgs.ts";
import { property } from "../../scripts/system/json.ts";
import { operatorsAuthority } from "../support/authorities.ts";
import {
    declareCluster,
    keysOf,
    requestOf,
    scriptOutputs,
    securedCluster,
} from "../support/cluster.ts";
import { isSecret, valueOf } from "../support/declare.ts";

const root = await operatorsAuthority("root");
const lower = await operatorsAuthority("lower", { by: root });
const authority = { certificate: lower.certificate + root.certificate, key: lower.key };

/** The script answers with the CA that it is brought. */
const outputs: typeof scriptOutputs = (made) => {
    const { brought } = (
        made.name === "consul-ca" ? JSON.parse(String(made.inputs.stdin)) : {}
    ) as {
        brought?: object;
    };
    return brought === undefined ? scriptOutputs(made) : { stdout: JSON.stringify(brought) };
};

function declareWith(over: Partial<ConsulClusterArgs>) {
    return declareCluster("generic", { security: "full", ...over }, { outputs });
}

/** All that is no secret, as one text. */
function inClear(wire: unknown): string {
    return JSON.stringify(wire, (_, inner: unknown) => (isSecret(inner) ? "" : inner));
}

test("a CA that is brought is the one of all requests, and changes no other resource", async () => {
    const made = await securedCluster("generic");
    const { declared, find, cluster } = await declareWith({ authority });
    expect(keysOf(declared)).toEqual(keysOf(made.declared));
    const own = { certificate: lower.certificate, key: lower.key };
    expect(requestOf(find("Command consul-ca"))).toEqual({ brought: own });
    expect(requestOf(find("Command consul-access"))).toMatchObject({
        ca: own,
        chain: lower.certificate,
    });
    const { caCertificate } = cluster;
    // Agents trust this CA, and nothing else that is signed by those above it.
    expect(caCertificate && (await valueOf(caCertificate))).toBe(lower.certificate);
    const known = { authorityDigest: new X509Certificate(lower.certificate).fingerprint256 };
    // All of these are run again for another CA: its number stays what it is.
    for (const what of ["access", "grant", "settle", "server-1-files", "client-2-files"]) {
        expect(requestOf(find(`Command consul-${what}`))).toMatchObject(known);
        const request = requestOf(made.find(`Command consul-${what}`));
        expect(request).not.toHaveProperty("authorityDigest");
    }
    for (const { key, inputs } of made.declared.filter(({ type }) => type.endsWith(":Container"))) {
        expect([key, find(key).inputs]).toEqual([key, inputs]);
    }
});

test("its key is a secret wherever it is, and another CA another secret", async () => {
    const { declared, find } = await declareWith({ authority });
    const ca = find("Command consul-ca");
    expect(isSecret(property(ca.wire, "stdin"))).toBe(true);
    expect(isSecret(property(find("Command consul-access").wire, "stdin"))).toBe(true);
    const line = lower.key.split("\n")[1] ?? "";
    const having = declared.filter(({ wire }) => inClear(wire).includes(line));
    expect(keysOf(having)).toEqual([]);
    const other = await declareWith({ authority: root });
    const otherCa = other.find("Command consul-ca");
    expect(otherCa.inputs.triggers).not.toEqual(ca.inputs.triggers);
    expect(requestOf(other.find("Command consul-access"))).not.toHaveProperty("chain");
    expect((await securedCluster("generic")).find("Command consul-ca").inputs).toMatchObject({
        triggers: ["1"],
        update: "secret keep",
        stdin: "{}",
    });
});

test("a key that is an output is taken as one", async () => {
    const key = pulumi.secret(Promise.resolve(lower.key));
    const { find } = await declareWith({ authority: { ...authority, key } });
    expect(requestOf(find("Command consul-ca"))).toMatchObject({ brought: { key: lower.key } });
});

const refused: readonly (readonly [string, Partial<ConsulClusterArgs>, string])[] = [
    [
        "in an open cluster",
        { security: "open", authority },
        "authority: got one; the agents of an open",
    ],
    [
        "with a number",
        { authority, rotate: { ca: 2 } },
        'rotate.ca: got 2; the CA is brought with "auth',
    ],
];

test.each(refused)("a CA %s is refused", async (_, over, message) => {
    const declared = declareWith(over);
    await expect(declared).rejects.toThrow(message);
    await expect(declared).rejects.not.toThrow(lower.key.split("\n")[1]);
});
