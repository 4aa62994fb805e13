import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { expect, test } from "vitest";
import { findLostQuorum, type ServerPlace } from "../../../../cli/recover/lostQuorum.ts";
import { recoverCluster } from "../../../../cli/recover/recoverCluster.ts";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { entries } from "../../../../scripts/system/files.ts";
import { certificates } from "../../../support/certificates.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeAgent, formingServer, member, healthyCluster } from "../../../support/fakeConsul.ts";
import { fakeEngine, type Answer } from "../../../support/fakeEngine.ts";
import { httpServer } from "../../../support/httpServer.ts";
import { agentCertificate } from "../../../support/securedAgents.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const nowhere = "http://127.0.0.1:1";
const five = ["a", "b", "c", "d", "e"];

/** State of a server: without a leader, with one, without data, its agent ended, its machine gone. */
type Condition = "leaderless" | "led" | "empty" | "ended" | "gone";

/** Servers in these conditions; each engine records its requests, with the name of its server. */
async function lay(
    conditions: Readonly<Record<string, Condition>>,
    failing?: (request: string) => Answer | undefined,
) {
    const store = await tempFolder();
    const asked: string[] = [];
    const archives: string[] = [];
    const recovered = () => asked.some((line) => line.includes("/start"));
    const lost = Object.keys(conditions).filter((name) => conditions[name] === "gone");
    const sent = new Map<string, readonly string[]>();
    const voters = Object.keys(conditions).map((name) => `id-${name}`);
    const places = Object.entries(conditions).map(async ([nodeName, condition]) => {
        const { port } = await fakeEngine((request, body) => {
            asked.push(`${nodeName}: ${request}`);
            if (request.startsWith("PUT")) {
                archives.push(body);
            }
            return failing?.(request) ?? { body: request.includes("/archive") ? "data" : "{}" };
        });
        const at = condition === "gone" ? 1 : port;
        await putMachine(store, `dev-${nodeName}`, at, await certificates());
        const { url, written } = await fakeAgent((count) => ({
            ...formingServer(nodeName),
            // The lost ones have failed, until they are evicted one by one.
            members: [member(nodeName), ...lost.slice(count).map((name) => member(name, 4))],
            nodeId: `id-${nodeName}`,
            voters: condition === "empty" ? [] : voters,
            leader: condition === "led" || recovered() ? "10.0.0.1:8300" : "",
        }));
        sent.set(nodeName, written);
        const answers = condition !== "ended" && condition !== "gone";
        return {
            nodeName,
            client: new ConsulClient(answers ? url : nowhere),
            agent: { store, machine: `dev-${nodeName}`, container: "consul" },
        } satisfies ServerPlace;
    });
    const servers = await Promise.all(places);
    return { servers, sent, asked, archives, folder: await tempFolder() };
}

async function filesIn(archive: string): Promise<{ name: string; text: string }[]> {
    const parts = extract();
    parts.end(Buffer.from(archive));
    const files: { name: string; text: string }[] = [];
    for await (const part of parts) {
        files.push({ name: part.header.name, text: String(await buffer(part)) });
    }
    return files;
}

test("the survivor of three is found, and the lost servers", async () => {
    const { servers } = await lay({ a: "gone", b: "leaderless", c: "gone" });
    const { survivors, lost } = await findLostQuorum(servers);
    expect(survivors).toMatchObject([{ nodeName: "b", id: "id-b", raftAddress: "10.0.0.1:8300" }]);
    expect(lost).toEqual(["a", "c"]);
});

test.each<[string, Record<string, Condition>, string]>([
    ["a leader is known", { a: "led", b: "gone", c: "gone" }, "a knows a leader"],
    [
        "enough are left to elect one",
        { a: "leaderless", b: "leaderless", c: "gone" },
        "2 of 3 voters answer, and 2 are a quorum",
    ],
    ["no server is left", { a: "gone", b: "gone", c: "gone" }, "restore a snapshot"],
    [
        "the remaining one has no data",
        { a: "empty", b: "gone", c: "gone" },
        "a: the machine answers",
    ],
    [
        "an agent could be started again",
        { a: "leaderless", b: "ended", c: "gone" },
        "b: the machine answers, its agent does not take part",
    ],
])("nothing is recovered where %s", async (_case, conditions, reason) => {
    const { servers, asked } = await lay(conditions);
    await expect(findLostQuorum(servers)).rejects.toThrow(reason);
    expect(asked.filter((line) => !line.includes("/_ping"))).toEqual([]);
});

test("an agent that could be started again is abandoned only by its name", async () => {
    const { servers } = await lay({ a: "leaderless", b: "ended", c: "gone" });
    await expect(findLostQuorum(servers, ["c"])).rejects.toThrow("--without b");
    expect((await findLostQuorum(servers, ["b"])).lost).toEqual(["b", "c"]);
});

test("an agent of another name has no data of this cluster", async () => {
    const { servers } = await lay({ a: "leaderless", b: "gone", c: "gone" });
    const stranger = await fakeAgent(() => healthyCluster("stranger", ["stranger"]));
    const [first, ...others] = servers;
    const changed =
        first === undefined ? [] : [{ ...first, client: new ConsulClient(stranger.url) }];
    await expect(findLostQuorum([...changed, ...others])).rejects.toThrow("a: the machine answers");
});

test("all survivors are stopped and copied before the first gets the list of voters", async () => {
    const conditions = Object.fromEntries(five.map((name) => [name, "gone"]));
    const { servers, sent, asked, archives, folder } = await lay({
        ...conditions,
        b: "leaderless",
        d: "leaderless",
    });
    const found = await findLostQuorum(servers);
    const options = { dataDirectory: "/consul/data", folder, report: () => undefined };
    const copies = await recoverCluster(found, options);
    const of = (name: string, request: string) => `${name}: ${request}`;
    const container = "/containers/consul";
    expect(asked.filter((line) => !line.includes("/_ping"))).toEqual([
        of("b", `POST ${container}/stop?t=20`),
        of("b", `GET ${container}/archive?path=/consul/data`),
        of("d", `POST ${container}/stop?t=20`),
        of("d", `GET ${container}/archive?path=/consul/data`),
        of("b", `PUT ${container}/archive?path=/consul/data/raft`),
        of("d", `PUT ${container}/archive?path=/consul/data/raft`),
        of("b", `POST ${container}/start`),
        of("d", `POST ${container}/start`),
    ]);
    for (const archive of archives) {
        const files = await filesIn(archive);
        expect(files.map(({ name }) => name)).toEqual(["peers.json"]);
        expect(JSON.parse(files[0]?.text ?? "")).toEqual([
            { id: "id-b", address: "10.0.0.1:8300", non_voter: false },
            { id: "id-d", address: "10.0.0.1:8300", non_voter: false },
        ]);
    }
    expect(archives).toHaveLength(2);
    expect(await readFile(copies.b ?? "", "utf8")).toBe("data");
    expect(sent.get("b")).toEqual(
        ["a", "c", "e"].map((name) => `PUT /v1/agent/force-leave/${name}?prune=1`),
    );
    expect(await entries(folder)).toHaveLength(2);
});

/** The one survivor of three, secured; its agent shows this token's refusal where there is one. */
async function securedSurvivor(status: number) {
    const store = await tempFolder();
    const placed: string[] = [];
    const { port } = await fakeEngine((request, body) => {
        placed.push(...(request.startsWith("PUT") ? [body] : []));
        return { body: request.includes("/archive") ? "data" : "{}" };
    });
    await putMachine(store, "dev-a", port, await certificates());
    const isRecovered = () => placed.length > 0;
    const { url } = await httpServer(
        (message, response) => {
            const isOwn = message.headers["x-consul-token"] === "recovery of a";
            response.statusCode = isOwn || status === 200 ? 200 : status;
            const latest_configuration = "[{Suffrage:Voter ID:id-a Address:10.0.0.1:8300}]";
            const answers: Record<string, unknown> = {
                "/v1/status/leader": isRecovered() ? "10.0.0.1:8300" : "",
                "/v1/agent/self": {
                    Config: { NodeName: "a", NodeID: "id-a" },
                    Stats: { raft: { latest_configuration: latest_configuration.repeat(2) } },
                },
                "/v1/agent/members": [member("a")],
            };
            response.end(JSON.stringify(answers[message.url ?? ""] ?? null));
        },
        await agentCertificate("a"),
    );
    const access = {
        ca: (await certificates()).ca,
        serverName: "a.node.dc1.consul",
        tokens: status === 200 ? "recovery of a" : "another",
    };
    const agent = { store, machine: "dev-a", container: "consul" };
    const gone = { store, machine: "dev-b", container: "consul" };
    const servers: ServerPlace[] = [
        { nodeName: "a", client: new ConsulClient(url, access), agent },
        { nodeName: "b", client: new ConsulClient("https://127.0.0.1:1", access), agent: gone },
    ];
    return { servers, placed };
}

test("a secured survivor gets the list of voters as its own file, which no one else may read", async () => {
    const { servers, placed } = await securedSurvivor(200);
    const found = await findLostQuorum(servers);
    expect(found.lost).toEqual(["b"]);
    const options = { dataDirectory: "/consul/data", report: () => undefined };
    await recoverCluster(found, { ...options, folder: await tempFolder() });
    const parts = extract();
    parts.end(Buffer.from(placed[0] ?? ""));
    const headers: unknown[] = [];
    for await (const part of parts) {
        part.resume();
        headers.push(part.header);
    }
    expect(headers).toMatchObject([{ name: "peers.json", mode: 0o600, uid: 100, gid: 1000 }]);
});

test("a survivor that refuses our token is no lost server", async () => {
    const { servers } = await securedSurvivor(403);
    await expect(findLostQuorum(servers)).rejects.toThrow("refuses the tokens that this stack has");
});

test("a recovery that fails starts what it stopped, and names the server", async () => {
    const { servers, asked, archives, folder } = await lay(
        { a: "leaderless", b: "gone", c: "gone" },
        (request) =>
            request.startsWith("GET /containers")
                ? { status: 500, body: { message: "disk full" } }
                : undefined,
    );
    const found = await findLostQuorum(servers);
    const options = { dataDirectory: "/consul/data", folder, report: () => undefined };
    await expect(recoverCluster(found, options)).rejects.toThrow(/^a: .*disk full/);
    expect(asked.at(-1)).toBe("a: POST /containers/consul/start");
    expect(archives).toEqual([]);
    expect(await entries(folder)).toEqual([]);
});
