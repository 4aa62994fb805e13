import { expect, test } from "vitest";
import { PublishedApis } from "../../../../scripts/security/publishedApi.ts";
import { ClusterClients } from "../../../../scripts/security/clusterClients.ts";
import { accessFileOf, storeOfAccess } from "../../../../scripts/protocol/names.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const own = "127.0.0.1";

/** A published port: inside, outside, and where. */
type Published = readonly [inside: number, outside: number, ip?: string];

function container(node: string | undefined, ...ports: readonly Published[]) {
    return {
        Names: [`/${node ?? "other"}`],
        Labels: node === undefined ? {} : { "consul-machines.node": node },
        Ports: [
            { PrivatePort: 8301, Type: "udp" },
            ...ports.map(([PrivatePort, PublicPort, IP = own]) => {
                return { PrivatePort, PublicPort, IP, Type: "tcp" };
            }),
        ],
    };
}

/** A store with one machine, whose engine has these containers. */
async function storeWith(containers: readonly object[]) {
    const store = await tempFolder();
    const engine = await fakeEngine((request) =>
        request === "GET /containers/json" ? { body: containers } : undefined,
    );
    await putMachine(store, "dev-a", engine.port, await certificates(), own);
    return { store, engine };
}

const declared = `https://${own}:9443`;
const asked = { nodeName: "a", httpAddress: declared, isPlainFine: false };

test.each<{
    what: string;
    containers: readonly object[];
    over?: object;
    found: string | undefined;
}>([
    {
        what: "before its port changes",
        containers: [container("a", [8501, 8501])],
        found: `https://${own}:8501`,
    },
    {
        what: "after it has changed",
        containers: [container("a", [8501, 9443])],
        found: declared,
    },
    {
        what: "on every address of its machine",
        containers: [container("a", [8501, 8501, "0.0.0.0"])],
        found: `https://${own}:8501`,
    },
    {
        what: "of another node on that machine",
        containers: [container("b", [8501, 8501])],
        found: undefined,
    },
    {
        what: "of whichever node publishes it",
        containers: [container(undefined, [8501, 1]), container("a"), container("b", [8501, 8501])],
        over: { nodeName: undefined },
        found: `https://${own}:8501`,
    },
    {
        what: "without TLS at the bridge, which is no way to ask it",
        containers: [container("a", [8500, 8500, "172.17.0.1"])],
        over: { isPlainFine: true },
        found: undefined,
    },
    {
        what: "without TLS, in a cluster that is not being secured",
        containers: [container("a", [8500, 9500])],
        found: undefined,
    },
    {
        what: "without TLS, in one that is",
        containers: [container("a", [8500, 9500])],
        over: { isPlainFine: true },
        found: `http://${own}:9500`,
    },
    {
        what: "of an open cluster",
        containers: [container("a", [8500, 9500])],
        over: { httpAddress: `http://${own}:8500` },
        found: `http://${own}:9500`,
    },
    { what: "where none runs", containers: [], found: undefined },
    {
        what: "at a host that is no machine of the store",
        containers: [container("a", [8501, 8501])],
        over: { httpAddress: "https://127.0.0.9:9443" },
        found: undefined,
    },
])("an agent's API is found $what", async ({ containers, over = {}, found }) => {
    const { store } = await storeWith(containers);
    expect(await new PublishedApis(store).find({ ...asked, ...over })).toBe(found);
});

test("an engine is asked once for what is asked often, and one that does not answer is no failure", async () => {
    const { store, engine } = await storeWith([container("a", [8501, 8501])]);
    const apis = new PublishedApis(store);
    const found = await Promise.all([asked, asked, asked].map((one) => apis.find(one)));
    expect(found).toEqual(Array(3).fill(`https://${own}:8501`));
    expect(engine.asked).toEqual(["GET /containers/json"]);
    await engine.stop();
    expect(await new PublishedApis(store).find(asked)).toBeUndefined();
    expect(await new PublishedApis(await tempFolder()).find(asked)).toBeUndefined();
});

test("the file with the rights to ask a cluster tells where its machines are", () => {
    expect(
        storeOfAccess(accessFileOf(".state/machines/dev", "consul-machines/dev", "consul")),
    ).toBe(".state/machines/dev");
});

test("the scripts ask an open agent where its container publishes it, wherever it is declared to be", async () => {
    const { url } = await httpServer((_, response) => response.end('"10.0.0.1:8300"'));
    const { store } = await storeWith([container("a", [8500, Number(new URL(url).port)])]);
    const clients = await ClusterClients.of({ log: { store } });
    // Nothing listens at port 1.
    expect(await clients.at("a", `http://${own}:1`).leader()).toBe("10.0.0.1:8300");
    await expect(clients.at("b", `http://${own}:1`).leader()).rejects.toThrow("ECONNREFUSED");
});
