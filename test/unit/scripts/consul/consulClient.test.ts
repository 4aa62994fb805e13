import { expect, test } from "vitest";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { fakeAgent, wholeCluster } from "../../../support/fakeConsul.ts";

test.each<[string, readonly string[] | undefined, boolean]>([
    ["servers are in it", ["id of a", "id of b"], true],
    ["nobody is in it", [], false],
    ["the agent says nothing of it", undefined, false],
])("whether a server holds a Raft configuration: %s", async (_, voters, holds) => {
    const { url } = await fakeAgent(() => ({ ...wholeCluster("a", ["a", "b"]), voters }));
    expect(await new ConsulClient(url).hasRaftConfiguration()).toBe(holds);
});

test("an agent that does not answer says nothing of a Raft configuration either way", async () => {
    await expect(new ConsulClient("http://127.0.0.1:1").hasRaftConfiguration()).rejects.toThrow();
});
