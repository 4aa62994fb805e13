import { expect, test } from "vitest";
import { holdFirstElection } from "../../../../scripts/node/firstElection.ts";
import { certificates } from "../../../support/certificates.ts";
import { fakeAgent, formingServer, healthyCluster } from "../../../support/fakeConsul.ts";
import { packed, unpacked } from "../../../support/containerFiles.ts";
import { putMachine } from "../../../support/fakeDockerMachine.ts";
import { fakeEngine } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";

const file = "/consul-machines/election.json";
const archive = "/containers/consul/archive";
const restarted = "restarted";

/** What is done to the container of a server with this number of others, in order. */
async function actions(options: {
    readonly others?: number;
    readonly formed: boolean;
    readonly has?: object;
    readonly electionFile?: string | undefined;
}): Promise<unknown[]> {
    const done: unknown[] = [];
    let written = await packed("election.json", JSON.stringify(options.has ?? {}));
    const puts: string[] = [];
    const engine = await fakeEngine((request, body) => {
        switch (request) {
            case `GET ${archive}?path=${file}`:
                return { body: written };
            case `PUT ${archive}?path=/consul-machines`:
                written = body;
                puts.push(body);
                done.push(body);
                return {};
            case "POST /containers/consul/restart?t=30":
                done.push(restarted);
                return {};
            default:
                return undefined;
        }
    });
    const store = await tempFolder();
    await putMachine(store, "dev-server-1", engine.port, await certificates());
    const leads = () => done.at(-1) === restarted || options.formed;
    const agent = await fakeAgent(() =>
        leads() ? healthyCluster("server-1", ["server-1"]) : formingServer("server-1"),
    );
    const others = Array.from({ length: options.others ?? 0 }, (_, index) => `server-${index + 2}`);
    const given = "electionFile" in options ? options.electionFile : file;
    await holdFirstElection(
        {
            nodeName: "server-1",
            role: "server",
            httpAddress: agent.url,
            servers: Object.fromEntries(others.map((name) => [name, "http://127.0.0.1:1"])),
            log: { store, machine: "dev-server-1", container: "consul" },
            reloadable: { file: "/consul-machines/reloadable.json", config: {} },
            electionFile: given,
        },
        () => Promise.resolve(options.formed),
    );
    return Promise.all(
        done.map((action) => (puts.includes(String(action)) ? unpacked(String(action)) : action)),
    );
}

test("a single server has the setting for its election only while that lasts", async () => {
    expect(await actions({ formed: false })).toEqual([
        { bootstrap_expect: 1 },
        restarted,
        {},
        restarted,
    ]);
});

test("one that has data is not touched", async () => {
    expect(await actions({ formed: true })).toEqual([]);
    expect(await actions({ formed: true, others: 2 })).toEqual([]);
});

test("the setting that an interrupted run left behind is removed, alone or not", async () => {
    const has = { bootstrap_expect: 1 };
    expect(await actions({ formed: true, has })).toEqual([{}, restarted]);
    expect(await actions({ formed: true, has, others: 2 })).toEqual([{}, restarted]);
});

test("where others were declared and no server has data, it elects no leader without them", async () => {
    expect(await actions({ formed: false, others: 2 })).toEqual([
        { bootstrap_expect: 3 },
        restarted,
    ]);
});

test("a server that the cluster did not begin with holds no first election", async () => {
    expect(await actions({ formed: false, electionFile: undefined })).toEqual([]);
});
