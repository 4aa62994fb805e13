/**
 * A stand-in for the docker-machine binary, run by Node: keeps a store folder as docker-machine
 * does, and otherwise does what `behaviour.json` in its own folder says.
 */
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What the next calls come to; by default all goes well. */
export interface Behaviour {
    /** Where the engines of the machines that it makes or mends listen. */
    readonly enginePort?: number;
    readonly create?: "fails" | "refuses" | "hangs";
    readonly rm?: "fails" | "forgets the folder";
    /** What `status` says. */
    readonly status?: string;
    /** The verb after which the engine answers. */
    readonly mends?: "start" | "regenerate-certs";
    /** Whether it leaves the authority incomplete. */
    readonly breaksAuthority?: boolean;
    /** What `create --help` prints. */
    readonly help?: string;
}

const [folder = "", , store = "", verb = "", ...words] = process.argv.slice(2);
const machine = words.at(-1) ?? "";
const place = join(store, "machines", machine);

async function readJson<T>(name: string): Promise<T> {
    return JSON.parse(await readFile(join(folder, name), "utf8")) as T;
}

const behaviour = await readJson<Behaviour>("behaviour.json");

async function writeCertificates(target: string, names: Readonly<Record<string, string>>) {
    const texts = await readJson<Record<string, string>>("certificates.json");
    await mkdir(target, { recursive: true });
    for (const [file, name] of Object.entries(names)) {
        await writeFile(join(target, file), texts[name] ?? "");
    }
}

async function writeConfig(address: string): Promise<void> {
    const config = { Driver: { IPAddress: address, EnginePort: behaviour.enginePort } };
    await writeFile(join(place, "config.json"), JSON.stringify(config));
}

async function create(): Promise<number> {
    if (words.includes("--help")) {
        process.stdout.write(behaviour.help ?? "");
        return 0;
    }
    if (behaviour.create === "refuses") {
        process.stderr.write("Error setting machine configuration from flags provided\n");
        return 3;
    }
    if (!existsSync(join(store, "certs"))) {
        const key = behaviour.breaksAuthority === true ? {} : { "key.pem": "key" };
        const authority = { "ca.pem": "ca", "ca-key.pem": "caKey", "cert.pem": "cert" };
        await writeCertificates(join(store, "certs"), { ...authority, ...key });
    }
    process.stdout.write("Running pre-create checks...\nCreating machine...\n");
    await writeCertificates(place, { "ca.pem": "ca", "cert.pem": "cert", "key.pem": "key" });
    if (behaviour.create !== undefined) {
        await writeConfig("");
        if (behaviour.create === "hangs") {
            await new Promise((never) => setTimeout(never, 60_000));
        }
        process.stderr.write("Error creating machine: no SSH\n");
        return 1;
    }
    await writeConfig("127.0.0.1");
    return 0;
}

async function remove(): Promise<number> {
    if (behaviour.rm === "fails") {
        process.stderr.write("Error removing host: the provider does not answer\n");
        return 1;
    }
    if (behaviour.rm === "forgets the folder") {
        await rm(join(place, "config.json"));
        return 1;
    }
    await rm(place, { recursive: true });
    process.stdout.write(`Successfully removed ${machine}\n`);
    return 0;
}

async function mend(): Promise<number> {
    if (behaviour.mends === verb) {
        await writeConfig("127.0.0.1");
        return 0;
    }
    process.stderr.write(`${verb}: it did not help\n`);
    return 1;
}

async function run(): Promise<number> {
    await appendFile(join(folder, "calls"), `${[verb, ...words].join(" ")}\n`);
    switch (verb) {
        case "create":
            return create();
        case "rm":
            return remove();
        case "status":
            process.stdout.write(`${behaviour.status ?? "Running"}\n`);
            return 0;
        case "ssh":
            return 0;
        default:
            return mend();
    }
}

process.exitCode = await run();
