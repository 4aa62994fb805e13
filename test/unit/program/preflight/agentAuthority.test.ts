import { join } from "node:path";
import { generate } from "selfsigned";
import { expect, test } from "vitest";
import { authorityWarnings } from "../../../../program/preflight/agentAuthority.ts";
import { Store } from "../../../../scripts/machine/store.ts";
import { accessFileOf, clusterName } from "../../../../scripts/protocol/names.ts";
import { nextAccess, writeAccess } from "../../../../scripts/security/accessFile.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const owner = "consul-machines/dev";

/** A store with the rights of a cluster whose CA ends in these days. */
async function storeWithCa(days: number): Promise<Store> {
    const store = new Store(join(await tempFolder(), "store"));
    const access = accessFileOf(store.path, owner, clusterName);
    const rotation = { seed: 1, ca: 3, leaf: 1, gossip: 1, tokens: 1, management: 1 };
    const notAfterDate = new Date(Date.now() + days * 24 * 60 * 60 * 1000);
    const { cert } = await generate([{ name: "commonName", value: "a CA" }], { notAfterDate });
    const ca = { certificate: cert, key: "" };
    const request = {
        access,
        nodes: {},
        datacenter: "dc1",
        domain: "consul",
        seed: "",
        rotation,
        ca,
    };
    await writeAccess(access, nextAccess(request, undefined));
    return store;
}

test("a CA that ends within 90 days is warned of, with the way out", async () => {
    const [warning = "", ...more] = await authorityWarnings({
        store: await storeWithCa(89),
        owner,
    });
    expect(warning).toMatch(/^The CA of the agents' certificates expires on \d{4}-\d\d-\d\d\. /);
    expect(warning).toContain('Raise the number "ca" of the setting "rotate" (it is 3)');
    expect(more).toEqual([]);
});

test("of one that is brought the operator brings another", async () => {
    const [warning] = await authorityWarnings({ store: await storeWithCa(89), owner }, true);
    expect(warning).toContain('. Bring another one with the setting "authority", then `pulumi up`');
});

test("one that lasts is not, and there is none before a cluster was made", async () => {
    expect(await authorityWarnings({ store: await storeWithCa(91), owner })).toEqual([]);
    const store = new Store(join(await tempFolder(), "store"));
    expect(await authorityWarnings({ store, owner })).toEqual([]);
});
