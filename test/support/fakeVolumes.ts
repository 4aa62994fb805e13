import { buffer } from "node:stream/consumers";
import { basename, dirname, join, relative } from "node:path/posix";
import { extract, pack } from "tar-stream";
import type { FileRights } from "../../scripts/docker/containerFile.ts";
import { certificates } from "./certificates.ts";
import { putMachine } from "./fakeDockerMachine.ts";
import { fakeEngine, type Answer } from "./fakeEngine.ts";
import { tempFolder } from "./tempFolder.ts";

/** A file on a volume, or a folder, which has no text. */
export interface StoredFile extends FileRights {
    readonly text?: string;
}

/** The agent's container on a {@link FakeVolumes} machine. */
export interface FakeContainer {
    readonly isRunning: boolean;
    readonly digest?: string;
    /** Whether it has the volumes: that of an open cluster has not. @default true */
    readonly hasVolumes?: boolean;
}

/** A machine whose engine has the volumes of one node, and the container "consul" of its agent or none. */
export interface FakeVolumes {
    readonly store: string;
    readonly machine: string;
    /** What is on the volumes, by its path in the agent's container. */
    readonly files: Map<string, StoredFile>;
    /** What was done that changes something, in order: `put /: FILES`, `exec consul reload`, `create IMAGE`. */
    readonly done: string[];
    /** What a container was created with. */
    readonly created: unknown[];
    /** The agent's container, which a test may change. */
    container: FakeContainer | undefined;
    /** Containers of before that were made for writing. @default none */
    leftOver: string[];
    /** Answers of commands in the agent's container, by what is run. @default each succeeds */
    run: (command: string) => { readonly exitCode: number; readonly output: string };
    /** Status with which the engine answers a request that writes files. @default it does */
    refusal: number | undefined;
    /** Asked before anything is changed, with what: the engine fails where it throws. */
    disturb: (what: string) => void;
    /** Done when the agent's container has started. */
    started: () => void;
}

/** Starts it. */
export async function fakeVolumes(container?: FakeContainer): Promise<FakeVolumes> {
    const store = await tempFolder();
    const machine: FakeVolumes = {
        store,
        machine: "dev-server-1",
        files: new Map(),
        done: [],
        created: [],
        container,
        leftOver: [],
        run: () => ({ exitCode: 0, output: "" }),
        refusal: undefined,
        disturb: () => undefined,
        started: () => undefined,
    };
    let command = "";
    const engine = await fakeEngine(async (request, body) => {
        const [method = "", url = ""] = request.split(/ (.*)/s);
        const [path = "", query = ""] = url.split(/\?(.*)/s);
        const [, id = "", what = ""] = /^\/containers\/([^/]+)\/?(.*)$/.exec(path) ?? [];
        if (method !== "GET") {
            try {
                machine.disturb(what);
            } catch (error) {
                return { status: 500, body: { message: String(error) } };
            }
        }
        if (path === "/containers/json") {
            return { body: machine.leftOver.map((Id) => ({ Id })) };
        }
        if (request === "POST /containers/create") {
            const made = JSON.parse(body) as { readonly Image: string };
            machine.created.push(made);
            machine.done.push(`create ${made.Image}`);
            return { body: { Id: "writer" } };
        }
        if (method === "DELETE") {
            machine.done.push(`remove ${id}`);
            return {};
        }
        if (what === "json") {
            return inspected(machine);
        }
        if (what === "archive") {
            const folder = query.replace("path=", "");
            return method === "PUT" ? put(machine, folder, body) : taken(machine, folder);
        }
        if (what === "restart") {
            machine.done.push("restart");
            return {};
        }
        if (what === "stop" || what === "start") {
            machine.done.push(what);
            machine.container = { ...machine.container, isRunning: what === "start" };
            if (what === "start") {
                machine.started();
            }
            return {};
        }
        if (what === "exec") {
            command = (JSON.parse(body) as { readonly Cmd: readonly string[] }).Cmd.join(" ");
            machine.done.push(`exec ${command}`);
            return { body: { Id: "e1" } };
        }
        if (path === "/exec/e1/start") {
            return { body: machine.run(command).output };
        }
        return path === "/exec/e1/json"
            ? { body: { ExitCode: machine.run(command).exitCode } }
            : undefined;
    });
    await putMachine(store, machine.machine, engine.port, await certificates());
    return machine;
}

function inspected({ container }: FakeVolumes): Answer | undefined {
    if (container === undefined) {
        return undefined;
    }
    const { isRunning, digest, hasVolumes = true } = container;
    const labels = digest === undefined ? {} : { "consul-machines.config": digest };
    const mounts = [
        { Destination: "/consul-machines", Name: "consul-config" },
        { Destination: "/consul/data", Name: "consul-data" },
    ];
    return {
        body: {
            State: { Running: isRunning, Restarting: false },
            Args: ["agent", "-advertise=10.0.0.7"],
            Config: { Labels: labels },
            Mounts: hasVolumes ? mounts : mounts.slice(1),
        },
    };
}

/** What a container gives out: a file, or a folder with all that is in it. */
async function taken({ files }: FakeVolumes, path: string): Promise<Answer | undefined> {
    const found = [...files].filter(([file]) => file === path || file.startsWith(`${path}/`));
    if (found.length === 0) {
        return undefined;
    }
    const archive = pack();
    for (const [file, { text, ...rights }] of found) {
        const name = join(basename(path), relative(path, file));
        if (text === undefined) {
            archive.entry({ name: `${name}/`, type: "directory", ...rights });
        } else {
            archive.entry({ name, ...rights }, text);
        }
    }
    archive.finalize();
    return { body: (await buffer(archive)).toString() };
}

async function put(machine: FakeVolumes, base: string, body: string): Promise<Answer> {
    if (machine.refusal !== undefined) {
        return { status: machine.refusal, body: { message: "no space left on device" } };
    }
    const parts = extract();
    parts.end(Buffer.from(body));
    const names: string[] = [];
    for await (const part of parts) {
        const { name, type, mode, uid, gid } = part.header;
        const text = (await buffer(part)).toString();
        const path = join(base, name).replace(/\/$/, "");
        const isFolder = type === "directory";
        machine.files.set(path, { mode, uid, gid, ...(isFolder ? {} : { text }) });
        if (!isFolder) {
            names.push(dirname(path) === base ? basename(path) : relative(base, path));
        }
    }
    machine.done.push(`put ${base}: ${names.join(" ")}`);
    return {};
}
