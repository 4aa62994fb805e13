import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { askedCluster, managementToken } from "../../cli/stack/clusterAccess.ts";
import { clustersIn } from "../../cli/stack/stateCluster.ts";
import { StackState } from "../../cli/stack/stackState.ts";
import { topologyOf } from "../../cli/topology/topology.ts";
import { without } from "./support/cli.ts";
import { addressOf, cluster, labSocket } from "./support/cluster.ts";
import { EngineStack } from "./support/engineStack.ts";
import { hushed } from "./support/fakeCommand.ts";

/** What the state of a stack says of its clusters, as the commands read it. */
async function clustersOf(stack: EngineStack) {
    const state = new StackState((await stack.state()).deployment);
    return { state, clusters: clustersIn(state, "engine-tests", "test") };
}

describe.skipIf(without !== "")(`a state that Pulumi's engine wrote${without}`, () => {
    let secured: EngineStack;
    let open: EngineStack;

    beforeAll(async () => {
        [secured, open] = await Promise.all([EngineStack.create(), EngineStack.create()]);
        await secured.up(cluster({ servers: "abc", clients: "x", security: "full" }));
        await open.up(cluster({ servers: "a", registrator: "a" }));
    });

    afterAll(() => {
        secured.dispose();
        open.dispose();
    });

    test("says where a secured cluster's nodes are, and by what their engines are asked", async () => {
        const [found] = (await clustersOf(secured)).clusters;
        const { nodes, containers, access, ...rest } = found ?? {};
        expect(rest).toEqual({
            name: "consul",
            owner: "engine-tests/test",
            store: "store",
            datacenter: "dc1",
            image: "consul:1",
            uiUrl: `https://${addressOf("a")}:8501/ui/`,
            httpAddress: `https://${addressOf("a")}:8501`,
            dnsAddress: `${addressOf("a")}:8600`,
            snapshots: ".state/snapshots/test",
            labSocket: undefined,
            isConsul05: false,
        });
        expect(Object.keys(nodes ?? {})).toEqual(["a", "b", "c", "x"]);
        expect(nodes?.x).toEqual({
            role: "client",
            address: addressOf("x"),
            httpAddress: `https://${addressOf("x")}:8501`,
            machine: "test-x",
        });
        expect(containers?.map(({ node, name, placedBy }) => [node, name, placedBy])).toEqual(
            Array.from("abcx").map((name) => [name, "consul", `consul-${name}`]),
        );
        expect(containers?.[1]?.engine).toEqual({
            host: addressOf("b"),
            port: 2376,
            tls: { ca: "ca of test-b", cert: "cert of test-b", key: "key of test-b" },
        });
        expect(access).toMatchObject({ datacenter: "dc1", domain: "consul" });
    });

    test("has the rights to ask it, for a computer that has never seen it", async () => {
        const { clusters, state } = await clustersOf(secured);
        const [found] = clusters;
        const { access, rights } = found === undefined ? {} : await askedCluster(found);
        expect(access).toBe("store/access/engine-tests%2Ftest%2Fconsul.json");
        expect(rights?.seed).toContain(hushed);
        expect(managementToken(rights)).toMatch(/^[0-9a-f-]{36}$/);
        expect(state.secrets.some((text) => text === rights?.seed)).toBe(true);
    });

    test("says the same of one that was never completed", async () => {
        const { state } = await clustersOf(secured);
        const resources = state.resources.map((one) =>
            one.type.startsWith("consul-machines:") ? { ...one, outputs: {} } : one,
        );
        const [whole] = clustersIn(state, "engine-tests", "test");
        const [part] = clustersIn(new StackState({ resources }), "engine-tests", "test");
        expect(part?.nodes).toEqual(whole?.nodes);
        expect(part?.uiUrl).toBeUndefined();
    });

    test("tells lab machines from what runs on them", async () => {
        const stack = await EngineStack.create();
        onTestFinished(() => {
            stack.dispose();
        });
        await stack.up(cluster({ servers: "a", machines: "lab" }));
        const [found] = (await clustersOf(stack)).clusters;
        expect(found?.labSocket).toBe(labSocket.replace("unix://", ""));
        expect(found?.containers.map(({ node, name }) => [node, name])).toEqual([["a", "consul"]]);
    });

    test("of an open one has no rights, and what else is on its machines", async () => {
        const [found] = (await clustersOf(open)).clusters;
        expect([found?.access, found && (await askedCluster(found)).access]).toEqual([
            undefined,
            undefined,
        ]);
        const drawn = found && topologyOf(found);
        expect(drawn?.machines).toHaveLength(1);
        expect(drawn?.machines[0]?.containers.map(({ node }) => node)).toEqual(["a", null]);
        expect(drawn?.edges).toEqual([
            { from: "consul-a/registrator", to: "consul-a/consul", kind: "asks" },
        ]);
    });
});
