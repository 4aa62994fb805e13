import type {
    DockerFacts,
    EngineFacts,
    HostContainer,
    HostFacts,
    Owned,
    Space,
} from "./hostFacts.ts";
import { readListeners } from "./listeners.ts";

/** The facts of one look by key, in the order in which they were told. */
class Told {
    readonly #values = new Map<string, string[]>();

    constructor(printed: string) {
        for (const line of printed.split("\n")) {
            // A host may greet, or warn, in lines of its own.
            const [, key, value] = /^fact (\S+) (.*?)\r?$/.exec(line) ?? [];
            if (key !== undefined && value !== undefined) {
                this.#values.set(key, [...this.all(key), value]);
            }
        }
    }

    all(key: string): readonly string[] {
        return this.#values.get(key) ?? [];
    }

    one(key: string): string | undefined {
        const value = this.all(key)[0];
        return value === "" ? undefined : value;
    }

    /** A value that can be one of these alone. */
    choice<T extends string>(key: string, choices: readonly T[]): T | undefined {
        return choices.find((choice) => choice === this.one(key));
    }

    number(key: string): number | undefined {
        return numberIn(this.one(key));
    }

    /** All lines of a text; undefined where there is none. */
    text(key: string): string | undefined {
        const lines = this.all(key);
        return lines.length === 0 ? undefined : lines.join("\n");
    }

    /** Lines of the form `KEY=VALUE`, or with another sign between the two. */
    map(key: string, sign = "="): Readonly<Record<string, string>> {
        const pairs = this.all(key).flatMap((line) => {
            const at = line.indexOf(sign);
            return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
        });
        return Object.fromEntries(pairs);
    }
}

/**
 * Reads what the look of a host printed; undefined where that is nothing of ours, as where the user's shell runs no
 * commands.
 */
export function readFacts(printed: string): HostFacts | undefined {
    const told = new Told(printed);
    const look = told.all("look");
    if (!look.includes("begin")) {
        return undefined;
    }
    return {
        isComplete: look.includes("end"),
        clock: told.number("clock"),
        kernel: told.one("kernel"),
        machine: told.one("machine"),
        hostname: told.one("hostname"),
        user: told.one("user"),
        rights: told.choice("rights", ["own", "sudo", "no"]),
        sudo: told.choice("sudo", ["yes", "no", "absent"]),
        sudoSays: told.text("sudo.says") ?? "",
        os: unquoted(told.map("os")),
        init: told.one("init"),
        tools: told.all("tool"),
        etc: told.choice("etc", ["writable", "read-only"]),
        memory: { total: told.number("memory.total"), available: told.number("memory.available") },
        disk: spaceIn(told.one("disk")),
        inodes: spaceIn(told.one("inodes")),
        addresses: told.all("address").map((line) => {
            const [address = "", device] = line.split("\t");
            return { address, device };
        }),
        listeners: readListeners(told.one("listening"), (kind) => told.all(`listen.${kind}`)),
        docker: dockerFacts(told),
        firewall: {
            ufw: told.all("ufw"),
            firewalld: [...told.all("firewalld"), ...told.all("firewalld.ports")],
            input: told.all("iptables"),
        },
    };
}

function dockerFacts(told: Told): DockerFacts {
    const config = told.one("daemon.path");
    return {
        path: told.one("docker.path"),
        file: told.one("docker.file"),
        clientVersion: told.one("docker.version"),
        daemonPath: told.one("dockerd.path"),
        snap: told.one("docker.snap"),
        rootless: told.one("docker.rootless"),
        unit: told.map("unit"),
        socket: told.map("socket"),
        dropIns: told.all("dropin").map((line) => {
            const [path = "", starts] = line.split("\t");
            return { path, starts: starts === "starts" };
        }),
        words: told.all("dockerd.word").filter((word) => word !== ""),
        config:
            config === undefined
                ? undefined
                : { path: config, text: told.text("daemon.line") ?? "" },
        certificates: told.all("certificate"),
        authority: told.text("ca"),
        machineUnit: told.text("machine.unit"),
        engine: engineFacts(told),
        error: told.all("engine.error").join(" "),
    };
}

function engineFacts(told: Told): EngineFacts | undefined {
    const { version, driver, root, live, swarm, security = "" } = told.map("engine", " ");
    if (version === undefined || driver === undefined || root === undefined) {
        return undefined;
    }
    const lists = ["containers", "volumes", "networks"] as const;
    return {
        version,
        storageDriver: driver,
        dataRoot: root,
        liveRestore: live === "true",
        swarm: swarm !== undefined && swarm !== "inactive" && swarm !== "",
        rootless: security.includes("name=rootless"),
        containers: told.all("container").map(containerIn),
        volumes: told.all("volume").map(ownedIn),
        networks: told.all("network").map(ownedIn),
        unknown: lists.filter((list) => told.one(list) !== "known"),
    };
}

function ownedIn(line: string): Owned {
    const [name = "", owner = ""] = line.split("\t");
    return { name, owner: owner === "" ? undefined : owner };
}

function containerIn(line: string): HostContainer {
    const [name = "", state = "", restart = "", owner = "", image = "", ...more] = line.split("\t");
    const [volumes = "", ports = "", removed = ""] = more;
    const words = (text: string) => text.split(" ").filter((word) => word !== "");
    return {
        name: name.replace(/^\//, ""),
        state,
        restart: restart === "" ? "no" : restart,
        owner: owner === "" ? undefined : owner,
        image,
        volumes: words(volumes),
        // A port that the engine chooses itself has no number yet.
        ports: words(ports).filter((port) => /^\d+\/(tcp|udp)$/.test(port)),
        isRemovedWhenStopped: removed === "true",
    };
}

function spaceIn(line = ""): Space | undefined {
    const [free, total, mount = "/"] = line.split("\t");
    const numbers = { free: numberIn(free), total: numberIn(total) };
    return numbers.free === undefined || numbers.total === undefined
        ? undefined
        : { free: numbers.free, total: numbers.total, mount };
}

function numberIn(text: string | undefined): number | undefined {
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Values as a shell would read them. */
function unquoted(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    return Object.fromEntries(
        Object.entries(map).map(([key, value]) => [key, value.replace(/^(["'])(.*)\1$/, "$2")]),
    );
}
