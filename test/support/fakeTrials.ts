import { extract } from "tar-stream";
import { buffer } from "node:stream/consumers";
import type { AgentTrial } from "../../scripts/protocol/agentTrial.ts";
import { certificates } from "./certificates.ts";
import { putMachine } from "./fakeDockerMachine.ts";
import { fakeEngine, type Answer } from "./fakeEngine.ts";
import { frame } from "./fakeAgentEngine.ts";
import { tempFolder } from "./tempFolder.ts";

/** How a program in a container of a trial goes. */
export interface Program {
    /** What it prints. */
    readonly lines: readonly string[];
    /** How it ends. @default it runs on */
    readonly exitCode?: number;
    /** What the engine says instead of starting it. */
    readonly refusal?: string;
}

/** What a container was created with, as far as tests look at it. */
export interface TrialCreation {
    readonly Image: string;
    readonly Cmd: readonly string[];
    readonly Env: readonly string[];
    readonly Labels: Readonly<Record<string, string>>;
    readonly User?: string;
    readonly HostConfig: Readonly<Record<string, unknown>>;
}

/** A machine on which agents are tried. */
export interface FakeTrials {
    readonly store: string;
    readonly machine: string;
    /** What was created, in the order of the programs. */
    readonly created: TrialCreation[];
    /** What was put into containers: paths with their texts and permissions. */
    readonly files: Map<
        string,
        { readonly text: string; readonly mode: number; readonly uid: number }
    >;
    /** Containers that were removed, by their ids. */
    readonly removed: string[];
    /** Left by a run that was killed. */
    leftOver: string[];
    /** The image's CPU; undefined where the machine has no such image. */
    imageCpu: string | undefined;
    cpu: string;
    /** Whether the agent's own container is there. */
    hasAgent: boolean;
    /** How a program goes, told by its arguments: `version`, `validate`, `agent`. */
    program: (what: string) => Program;
}

/** A sound image of Consul 1.22.2. */
export function sound(what: string): Program {
    switch (what) {
        case "version":
            return { lines: ["Consul v1.22.2", "Revision 1234"], exitCode: 0 };
        case "validate":
            return { lines: ["Configuration is valid!"], exitCode: 0 };
        default:
            return {
                lines: ["==> Starting Consul agent...", "[INFO]  agent: Consul agent running!"],
            };
    }
}

/** Starts it. */
export async function fakeTrials(): Promise<FakeTrials> {
    const store = await tempFolder();
    const fake: FakeTrials = {
        store,
        machine: "dev-server-1",
        created: [],
        files: new Map(),
        removed: [],
        leftOver: [],
        imageCpu: "amd64",
        cpu: "amd64",
        hasAgent: true,
        program: sound,
    };
    const programOf = (id: string) => fake.program(fake.created[Number(id.slice(1))]?.Cmd[0] ?? "");
    const engine = await fakeEngine(async (request, body): Promise<Answer | undefined> => {
        const [method = "", url = ""] = request.split(/ (.*)/s);
        const [path = "", query = ""] = url.split(/\?(.*)/s);
        const [, id = "", what = ""] = /^\/containers\/([^/]+)\/?(.*)$/.exec(path) ?? [];
        if (path === "/version") {
            return { body: { Version: "29.1.0", Arch: fake.cpu } };
        }
        if (path.startsWith("/images/")) {
            return fake.imageCpu === undefined
                ? undefined
                : { body: { Architecture: fake.imageCpu } };
        }
        if (path === "/containers/json") {
            return { body: fake.leftOver.map((Id) => ({ Id })) };
        }
        if (request === "POST /containers/create") {
            fake.created.push(JSON.parse(body) as TrialCreation);
            return { body: { Id: `t${fake.created.length - 1}` } };
        }
        if (method === "DELETE") {
            fake.removed.push(id);
            return {};
        }
        if (what === "archive") {
            await unpack(fake, query.replace("path=", ""), body);
            return {};
        }
        if (what === "start") {
            const { refusal } = programOf(id);
            return refusal === undefined ? {} : { status: 400, body: { message: refusal } };
        }
        if (what === "logs") {
            const { lines } = programOf(id);
            return { body: lines.map((line) => frame(1, `${line}\n`).toString("latin1")).join("") };
        }
        if (what === "json" && !id.startsWith("t")) {
            return fake.hasAgent ? { body: { State: { Running: true } } } : undefined;
        }
        if (what === "json") {
            const { exitCode } = programOf(id);
            const state = { Error: "", ExitCode: exitCode ?? 0 };
            return {
                body: {
                    State: { ...state, Status: exitCode === undefined ? "running" : "exited" },
                },
            };
        }
        return undefined;
    });
    await putMachine(store, fake.machine, engine.port, await certificates());
    return fake;
}

async function unpack({ files }: FakeTrials, base: string, body: string): Promise<void> {
    const parts = extract();
    parts.end(Buffer.from(body));
    for await (const part of parts) {
        const { name, type, mode, uid } = part.header;
        const text = (await buffer(part)).toString();
        if (type === "file") {
            files.set(`${base === "/" ? "" : base}/${name}`, { text, mode: mode & 0o7777, uid });
        }
    }
}

/** A trial on it of an open cluster's server. */
export function trialOn(
    { store, machine }: FakeTrials,
    over: Partial<AgentTrial> = {},
): AgentTrial {
    return {
        nodeName: "server-1",
        role: "server",
        httpAddress: "http://127.0.0.1:1",
        servers: {},
        agent: { store, machine, container: "consul" },
        owner: "consul-machines/dev",
        container: {
            image: "hashicorp/consul:1.22.2",
            arguments: ["agent", "-server"],
            environment: ["GOMAXPROCS=2"],
            dataDirectory: "/consul/data",
            mounts: [],
            files: [{ path: "/consul-machines/agent.json", text: "{}" }],
        },
        config: {},
        sources: [],
        flags: { server: true },
        ...over,
    };
}
