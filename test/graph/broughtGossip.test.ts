import { expect, test } from "vitest";
import { property } from "../../scripts/system/json.ts";
import { declareCluster, keysOf, requestOf, securedCluster } from "../support/cluster.ts";
import { isSecret, valueOf } from "../support/declare.ts";

const key = Buffer.alloc(32, 7).toString("base64");
const brought = () => declareCluster("generic", { security: "full", gossipKey: key });

/** All that is no secret, as one text. */
const inClear = (wire: unknown) =>
    JSON.stringify(wire, (_, inner: unknown) => (isSecret(inner) ? "" : inner));

test("a gossip key that is brought is in one request, as a secret, and changes no container", async () => {
    const made = await securedCluster("generic");
    const { declared, find, cluster } = await brought();
    expect(keysOf(declared)).toEqual(keysOf(made.declared));
    const access = find("Command consul-access");
    expect(requestOf(access)).toMatchObject({ gossipKey: key });
    expect(isSecret(property(access.wire, "stdin"))).toBe(true);
    const having = declared.filter(({ inputs }) => JSON.stringify(inputs).includes(key));
    expect(keysOf(having)).toEqual(["Command consul-access"]);
    expect(declared.filter(({ wire }) => inClear(wire).includes(key))).toEqual([]);
    const changed = declared.filter(
        ({ key: name, inputs }) =>
            JSON.stringify(inputs) !== JSON.stringify(made.find(name).inputs),
    );
    expect(keysOf(changed).sort()).toEqual(
        ["access", "grant", "settle"].map((what) => `Command consul-${what}`),
    );
    const { joinBundle } = cluster;
    expect(joinBundle && (await valueOf(joinBundle)).gossipKey).toBe(key);
});

test("another one has the same Commands run again", async () => {
    const digestOf = ({ find }: Awaited<ReturnType<typeof brought>>) =>
        property(requestOf(find("Command consul-settle")), "gossipDigest");
    const one = digestOf(await brought());
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(digestOf(await brought())).toBe(one);
    const other = Buffer.alloc(16, 7).toString("base64");
    const second = await declareCluster("generic", { security: "full", gossipKey: other });
    expect(digestOf(second)).not.toBe(one);
    expect(digestOf(await securedCluster("generic"))).toBeUndefined();
});

test("it has no number beside it", async () => {
    const args = { security: "full", gossipKey: key, rotate: { gossip: 2 } } as const;
    await expect(declareCluster("generic", args)).rejects.toThrow(
        'rotate.gossip: got 2; the gossip key is brought with "gossipKey"',
    );
});

test("an open cluster takes none", async () => {
    await expect(declareCluster("generic", { gossipKey: key })).rejects.toThrow(
        "gossipKey: got one; an open cluster encrypts no gossip;",
    );
});
