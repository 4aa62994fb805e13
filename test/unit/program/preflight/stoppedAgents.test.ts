import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test, vi } from "vitest";
import {
    findStoppedAgents,
    startStoppedAgents,
    type StoppedAgent,
} from "../../../../program/preflight/stoppedAgents.ts";
import { certificates } from "../../../support/certificates.ts";
import {
    fakeDockerMachine,
    putMachine,
    type Behaviour,
} from "../../../support/fakeDockerMachine.ts";
import { fakeEngine, type Answers } from "../../../support/fakeEngine.ts";
import { tempFolder } from "../../../support/tempFolder.ts";
import { devMachines } from "./devMachines.ts";

vi.mock(import("../../../../scripts/system/progress.ts"), async (original) => ({
    ...(await original()),
    sleep: () => Promise.resolve(),
}));

const owner = "consul-machines/dev";
const late = "listen tcp4 10.0.0.12:8300: bind: cannot assign requested address";
const starting = "POST /containers/consul/start";
const seen =
    'server-2: its container "consul" is stopped (exit code 128): its machine did not have its address yet when Docker started';

/** A container as its engine has it. */
interface Container {
    readonly state?: string;
    readonly error?: string;
    readonly exitCode?: number;
    readonly policy?: string;
    /** Whether it is a secured cluster's. @default true */
    readonly secured?: boolean;
    /** What becomes of it once it is started. @default it runs */
    readonly starts?: "runs" | "ends" | "fails";
}

/** A stack with one machine, on which this container is stopped; or with none that answers. */
async function lay(container?: Container, behaviour: Behaviour = {}) {
    const {
        state = "exited",
        error = late,
        exitCode = 128,
        policy = "unless-stopped",
    } = container ?? {};
    let now = {
        Status: state,
        ExitCode: exitCode,
        Error: error,
        Running: false,
        Restarting: false,
    };
    const answers: Answers = (request) => {
        if (request.startsWith("GET /containers/json?all=true&filters=")) {
            const mine = `"consul-machines.owner=${owner}","consul-machines.ports"`;
            const Labels = {
                "consul-machines.node": "server-2",
                ...(container?.secured === false ? {} : { "consul-machines.config": "d" }),
            };
            const isAsked = request.includes(mine) && request.includes(`"${state}"`);
            return { body: container !== undefined && isAsked ? [{ Id: "ID", Labels }] : [] };
        }
        if (request === "GET /containers/ID/json" || request === "GET /containers/consul/json") {
            return {
                body: {
                    Name: "/consul",
                    State: now,
                    HostConfig: { RestartPolicy: { Name: policy } },
                },
            };
        }
        if (request === starting) {
            const { starts = "runs" } = container ?? {};
            now = { ...now, Running: starts === "runs", Status: "running", ExitCode: 2 };
            return starts === "fails" ? { status: 500, body: { message: late } } : { status: 204 };
        }
        return undefined;
    };
    const engine = await fakeEngine(answers);
    const { store, binary, calls } = await fakeDockerMachine(await tempFolder(), behaviour);
    await putMachine(store, "dev-server-2", engine.port, await certificates());
    const machines = devMachines(store, binary);
    const write = (record: object) =>
        machines.machine("server-2").writeRecord({ owner, state: "made", ...record });
    await write({});
    const find = () => findStoppedAgents({ name: "server-2" }, machines);
    const start = async (stopped: readonly StoppedAgent[], mayStart = true, isSecured = true) =>
        startStoppedAgents(stopped, { machines, isSecured, mayStart });
    return { engine, calls, find, start, write };
}

const told: string[] = [];
beforeEach(() => {
    told.splice(0);
    vi.spyOn(pulumi.log, "info").mockImplementation((text) => {
        told.push(text);
        return Promise.resolve();
    });
});

describe("agents that are stopped", () => {
    test("are found on machines of this stack that answer, with one request where all run", async () => {
        const { engine, find } = await lay();
        expect(await find()).toEqual([]);
        expect(engine.asked).toHaveLength(1);
    });

    test("are none where the machine is half-made, replaced, or does not answer", async () => {
        const { engine, find, write } = await lay({});
        await write({ state: "making" });
        expect(await find()).toEqual([]);
        await write({ generation: 2 });
        expect(await find()).toEqual([]);
        expect(engine.asked).toEqual([]);
        await write({});
        await engine.stop();
        expect(await find()).toEqual([]);
    });

    test("are named by a preview, which starts nothing", async () => {
        const { engine, find, start, calls } = await lay({});
        expect(await start(await find(), false)).toEqual([`${seen}; \`pulumi up\` starts it.`]);
        expect(engine.asked).not.toContain(starting);
        expect(await calls()).toEqual([]);
    });

    test("are started by an update where their address came late, and their machine does it from then on", async () => {
        const { engine, find, start, calls } = await lay({});
        expect(await start(await find())).toEqual([]);
        expect(engine.asked).toContain(starting);
        expect((await calls()).map((call) => call.slice(0, 45))).toEqual(
            ["ssh dev-server-2 if test -d /run/systemd/syste"].map((call) => call.slice(0, 45)),
        );
        expect(told).toEqual([
            `${seen}; starting it.`,
            "server-2: runs again; from now on the unit consul-machines-address.service on its machine does this by itself.",
        ]);
    });

    test("are left as they are where somebody stopped them, with what starts them", async () => {
        const { engine, find, start, calls } = await lay({ error: "", exitCode: 0 });
        expect(await start(await find())).toEqual([
            'server-2: its container "consul" is stopped (exit code 0). Somebody stopped it, or it has ended: ' +
                "`pulumi up --refresh` starts it again, behind what guards its cluster.",
        ]);
        expect(engine.asked).not.toContain(starting);
        expect([await calls(), told]).toEqual([[], []]);
    });

    test("run, with a warning, where their machine does not take what starts them", async () => {
        const { find, start } = await lay({}, { ssh: { fails: "exit status 1" } });
        expect(await start(await find())).toEqual([
            expect.stringMatching(
                /^server-2: runs again\. The unit .*could not be laid down on its machine: /,
            ),
        ]);
    });
});

test.each([
    {
        what: "still has no address",
        container: { starts: "fails" },
        says: /, and does not start: .*cannot assign requested address\. Its machine does not have the address of its ports now: give it back/,
        asks: true,
    },
    {
        what: "ends again",
        container: { starts: "ends" },
        says: /was started, and has ended again \(exit code 2\)\. Read its log: `docker logs consul`/,
        asks: true,
    },
    {
        what: "is paused",
        container: { state: "paused", error: "" },
        says: /is paused\. `docker unpause consul` on its machine\./,
        asks: false,
    },
    {
        what: "ends again and again",
        container: { state: "restarting", error: "" },
        says: /ends as soon as it starts, again and again\. Read its log/,
        asks: false,
    },
    {
        what: "is leaving",
        container: { policy: "no", error: "", exitCode: 0 },
        says: /is stopped \(exit code 0\)\. It has no restart policy any more, as one whose node leaves/,
        asks: false,
    },
    {
        what: "is to be secured",
        container: { secured: false, error: "", exitCode: 0 },
        says: /is stopped \(exit code 0\)\. It is an open cluster's, and this one is to be secured/,
        asks: false,
    },
] as const)("one that $what is reported", async ({ container, says, asks }) => {
    const { engine, find, start } = await lay(container);
    const warnings = await start(await find());
    expect(warnings).toEqual([expect.stringMatching(says)]);
    expect(engine.asked.includes(starting)).toBe(asks);
});

test("one of an open cluster that stays open is started", async () => {
    const { engine, find, start } = await lay({ secured: false });
    expect(await start(await find(), true, false)).toEqual([]);
    expect(engine.asked).toContain(starting);
});
