import { expect, test, vi } from "vitest";
import { askAdoptedAgent } from "../../../../program/preflight/adoption.ts";
import { ConsulClient } from "../../../../scripts/consul/consulClient.ts";
import { describeFinding } from "../../../../scripts/hosts/judge.ts";
import { soundPlan } from "../../../support/soundHost.ts";

const id = "0f5a3c1e-0000-4000-8000-0123456789ab";
const settings = { datacenter: "dc1", image: "hashicorp/consul:1.22.2" };
/** Asks about the sound host, whose agent says this. */
async function ask(self: object | Error, plan: object = { adopts: "mine" }) {
    const asked: string[] = [];
    vi.spyOn(ConsulClient.prototype, "get").mockImplementation(function (
        this: ConsulClient,
        path: string,
    ) {
        asked.push(`${this.httpAddress}${path}`);
        return self instanceof Error ? Promise.reject(self) : Promise.resolve(self as never);
    });
    const planned = { ...soundPlan, ...plan };
    const findings = await askAdoptedAgent(planned, settings);
    vi.restoreAllMocks();
    const lines = (kind: string) =>
        findings.filter((one) => one.kind === kind).map((one) => describeFinding(planned, one));
    return { problems: lines("refused"), notices: lines("said"), asked };
}

const self = {
    Config: {
        NodeName: "server-1",
        NodeID: id,
        Datacenter: "dc1",
        Server: true,
        Version: "1.20.1",
    },
    DebugConfig: { DataDir: "/consul/data" },
    Member: { Addr: "10.0.0.11" },
    Stats: {},
};

test("a preview says whose agent is adopted, and what it keeps", async () => {
    expect(await ask(self)).toEqual({
        problems: [],
        notices: [
            'server-1 (deploy@10.0.0.11:22): "mine" is the server "server-1" of dc1 (Consul 1.20.1); it keeps its node id ' +
                `${id} and its data (/consul/data).`,
        ],
        asked: ["http://10.0.0.11:8500/v1/agent/self"],
    });
});

test("it is asked where the host is reached", async () => {
    const { asked } = await ask(self, { adopts: "mine", reachedAt: "192.0.2.7" });
    expect(asked).toEqual(["http://192.0.2.7:8500/v1/agent/self"]);
});

test("nobody is asked where nothing is adopted", async () => {
    expect(await ask(self, {})).toEqual({ problems: [], notices: [], asked: [] });
});

test("another cluster's agent is refused, with host, what was seen and the way out", async () => {
    const other = { ...self, Config: { ...self.Config, Datacenter: "paris", Version: "1.23.0" } };
    const { problems, notices } = await ask(other);
    expect(notices).toEqual([]);
    expect(problems).toEqual([
        `server-1 (deploy@10.0.0.11:22): adopt: its agent's datacenter is "paris", and the node's "dc1". Set "datacenter" ` +
            'to "paris".',
        expect.stringContaining(
            "its Consul is 1.23.0, and the image hashicorp/consul:1.22.2 has an earlier one",
        ),
    ]);
});

test("one that does not answer is refused: nobody knows whose it is", async () => {
    const { problems } = await ask(new Error("connect ECONNREFUSED"));
    expect(problems).toEqual([
        expect.stringMatching(
            /^server-1 \(.+\): adopt: its agent is not asked at http:\/\/10\.0\.0\.11:8500 \(connect ECONNREFUSED\)\. .*publish its port 8500 on 10\.0\.0\.11/,
        ),
    ]);
});
