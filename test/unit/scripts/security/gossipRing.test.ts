import { expect, test } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import type { AccessFile } from "../../../../scripts/security/accessFile.ts";
import { gossipRing } from "../../../../scripts/security/gossipRing.ts";
import { ClusterSecrets } from "../../../../scripts/security/secrets.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { origin } from "../../../support/securedAgents.ts";

const access: AccessFile = {
    ...origin,
    datacenter: "dc1",
    domain: "consul",
    ca: { certificate: "", key: "" },
    trusted: "",
};

const keyOf = (gossip: number) =>
    new ClusterSecrets(origin.seed, { ...origin.rotation, gossip }).gossipKey;

/** A server whose Raft configuration says this, and whose pool has these keys, or no answer of it at all. */
async function server(configuration: string, pool: object | undefined): Promise<ConsulClient> {
    const { url } = await httpServer((message, response) => {
        const isKeyring = message.url === "/v1/operator/keyring";
        response.statusCode = isKeyring && pool === undefined ? 403 : 200;
        const self = { Stats: { raft: { latest_configuration: configuration } } };
        response.end(JSON.stringify(isKeyring ? [{ WAN: false, NumNodes: 3, ...pool }] : self));
    });
    return new ConsulClient(url);
}

const nobody = new ConsulClient("http://127.0.0.1:1");
const formed = "[{Suffrage:Voter ID:a Address:10.0.0.1:8300}]";

test("without a cluster it is the declared key, behind those that agents may still use", async () => {
    const forming = await server("[]", undefined);
    expect(await gossipRing([nobody, forming], access, origin.rotation)).toEqual([keyOf(1)]);
    const rotation = { ...origin.rotation, gossip: 2 };
    const before = { ...access, rotation, earlier: [origin] };
    expect(await gossipRing([], before, rotation)).toEqual([keyOf(1), keyOf(2)]);
    const tokens = { ...origin, rotation: { ...origin.rotation, tokens: 1 } };
    expect(await gossipRing([], { ...access, earlier: [tokens] }, origin.rotation)).toEqual([
        keyOf(1),
    ]);
});

test("a key that is brought is the declared one, behind those of before, brought or derived", async () => {
    const brought = { ...access, gossipKey: "YnJvdWdodA==" };
    expect(await gossipRing([], brought, origin.rotation)).toEqual(["YnJvdWdodA=="]);
    const earlier = [{ ...origin, gossipKey: "YmVmb3Jl" }, origin];
    expect(await gossipRing([], { ...brought, earlier }, origin.rotation)).toEqual([
        keyOf(1),
        "YmVmb3Jl",
        "YnJvdWdodA==",
    ]);
});

test("it is the cluster's, the key in use first", async () => {
    const Keys = { YWFh: 3, YmJi: 2, Y2Nj: 3 };
    const pool = { Keys, PrimaryKeys: { Y2Nj: 2, YWFh: 1 } };
    const servers = [nobody, await server(formed, pool)];
    expect(await gossipRing(servers, access, origin.rotation)).toEqual(["Y2Nj", "YWFh", "YmJi"]);
});

test("one server that does not say it is no reason not to ask another", async () => {
    const pool = { Keys: { YWFh: 3 }, PrimaryKeys: { YWFh: 3 } };
    const servers = [await server(formed, undefined), await server(formed, pool)];
    expect(await gossipRing(servers, access, origin.rotation)).toEqual(["YWFh"]);
});
