import { certificates } from "./certificates.ts";
import { fakeDockerMachine, putMachine, type Behaviour } from "./fakeDockerMachine.ts";
import { fakeEngine, healthy } from "./fakeEngine.ts";
import { tempFolder } from "./tempFolder.ts";

/** A container that somebody has made by hand, or we have. */
export interface HandmadeContainer {
    readonly labels: Readonly<Record<string, string>>;
    readonly running: boolean;
    /** Its data: a volume's name, or a path of the host; undefined where they are in the container. */
    readonly data: string | undefined;
    readonly restart: string;
}

/** A machine whose engine has containers and volumes that are made, renamed and removed. */
export interface HandmadeHost {
    readonly store: string;
    readonly binary: string;
    readonly machine: string;
    readonly containers: Map<string, HandmadeContainer>;
    /** Labels by the names of volumes. */
    readonly volumes: Map<string, Readonly<Record<string, string>>>;
    /** What was done, in order; what was copied among it. */
    readonly done: string[];
    /** What was told to the host over SSH. */
    readonly calls: () => Promise<string[]>;
    /** Tells docker-machine how to behave. */
    readonly behave: (behaviour: Behaviour) => Promise<void>;
    /** Told of each change before it is done; what it throws is the engine's answer. */
    disturb: (change: string) => void;
}

/** Where an engine keeps a volume. */
export const mountpoint = (volume: string) => `/var/lib/docker/volumes/${volume}/_data`;

/** Lays one. */
export async function handmadeHost(
    containers: Readonly<Record<string, Partial<HandmadeContainer>>>,
    volumes: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Promise<HandmadeHost> {
    const { store, binary, calls, behave } = await fakeDockerMachine(await tempFolder());
    const machine = "dev-server-1";
    const plain = { labels: {}, running: true, data: "consul-data", restart: "always" };
    const host: HandmadeHost = {
        store,
        binary,
        machine,
        containers: new Map(
            Object.entries(containers).map(([name, one]) => [name, { ...plain, ...one }]),
        ),
        volumes: new Map(Object.entries(volumes)),
        done: [],
        calls,
        behave,
        disturb: () => undefined,
    };
    const engine = await fakeEngine((request, body) => {
        const [method = "", url = ""] = request.split(/ (.*)/s);
        const { pathname, searchParams } = new URL(url, "https://engine");
        const parts = pathname.split("/").slice(1);
        if (method === "GET") {
            return inspected(host, parts) ?? healthy(request, body, "");
        }
        const change = `${method} ${pathname}`;
        try {
            host.disturb(change);
        } catch (error) {
            return { status: 500, body: { message: String(error) } };
        }
        return act(host, method, parts, searchParams.get("name") ?? "", body);
    });
    await putMachine(store, machine, engine.port, await certificates());
    return host;
}

function inspected(host: HandmadeHost, [kind, name = "", what]: readonly string[]) {
    const volume = host.volumes.get(name);
    if (kind === "volumes" && volume !== undefined) {
        return { body: volumeAnswer(name, volume) };
    }
    const one = host.containers.get(name);
    if (kind !== "containers" || what !== "json" || one === undefined) {
        return undefined;
    }
    const { data, running, restart, labels } = one;
    const isPath = data?.startsWith("/") === true;
    const mount = isPath
        ? { Type: "bind", Source: data, Destination: "/consul/data" }
        : {
              Type: "volume",
              Name: data,
              Source: mountpoint(data ?? ""),
              Destination: "/consul/data",
          };
    return {
        body: {
            Name: `/${name}`,
            Config: { Image: "consul", Labels: labels, Hostname: name },
            HostConfig: {
                Binds: data === undefined ? [] : [`${data}:/consul/data`],
                RestartPolicy: { Name: restart },
            },
            NetworkSettings: { Networks: { bridge: {} } },
            State: { Running: running, Status: running ? "running" : "exited", Error: "" },
            Mounts: data === undefined ? [] : [mount],
        },
    };
}

function volumeAnswer(Name: string, Labels: Readonly<Record<string, string>>) {
    return { Name, Labels, Mountpoint: mountpoint(Name) };
}

function act(
    host: HandmadeHost,
    method: string,
    [kind, name = "", what]: readonly string[],
    query: string,
    body: string,
) {
    const { containers, volumes, done } = host;
    const one = containers.get(name);
    const json = (body === "" ? {} : JSON.parse(body)) as {
        readonly Name?: string;
        readonly Labels?: Readonly<Record<string, string>>;
        readonly HostConfig?: { readonly Binds: readonly string[] };
        readonly RestartPolicy?: { readonly Name: string };
    };
    const note = (text: string) => {
        done.push(text);
        return { status: 204 };
    };
    if (kind === "volumes") {
        if (method === "DELETE") {
            const users = [...containers].filter(([, { data }]) => data === name);
            if (users.length > 0) {
                return { status: 409, body: { message: "volume is in use" } };
            }
            volumes.delete(name);
            return note(`remove volume ${name}`);
        }
        const { Name = "", Labels = {} } = json;
        if (!volumes.has(Name)) {
            volumes.set(Name, Labels);
            note(`create volume ${Name}`);
        }
        return { body: volumeAnswer(Name, volumes.get(Name) ?? {}) };
    }
    if (name === "create") {
        const [bind = ""] = json.HostConfig?.Binds ?? [];
        const [data = ""] = bind.split(":");
        containers.set(query, { labels: {}, running: false, data, restart: "no" });
        return note(`create ${query} on ${data}`);
    }
    if (one === undefined) {
        return { status: 404, body: { message: `No such container: ${name}` } };
    }
    switch (what ?? method) {
        case "DELETE":
            containers.delete(name);
            return note(`remove ${name}`);
        case "rename":
            containers.delete(name);
            containers.set(query, one);
            return note(`rename ${name} ${query}`);
        case "update":
            containers.set(name, { ...one, restart: json.RestartPolicy?.Name ?? "no" });
            return note(`restart ${name}: ${json.RestartPolicy?.Name ?? ""}`);
        default:
            containers.set(name, { ...one, running: what === "start" });
            return note(`${what ?? ""} ${name}`);
    }
}
