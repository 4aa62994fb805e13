/**
 * A stand-in for the docker-machine binary: keeps a store folder as docker-machine does, and
 * otherwise does what `behaviour.json` in its own folder says. Plain JavaScript, for it is started
 * very often, and taking its types away would take longer than all that it does.
 */
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

const [folder = "", , store = "", verb = "", ...words] = process.argv.slice(2);
const machine = words.at(-1) ?? "";
const place = join(store, "machines", machine);

/** @param {string} name */
async function readJson(name) {
    return JSON.parse(await readFile(join(folder, name), "utf8"));
}

/** @type {import("./fakeDockerMachine.ts").Behaviour} */
const behaviour = await readJson("behaviour.json");

/**
 * @param {string} target
 * @param {Readonly<Record<string, string>>} names
 */
async function writeCertificates(target, names) {
    const texts = await readJson("certificates.json");
    await mkdir(target, { recursive: true });
    for (const [file, name] of Object.entries(names)) {
        await writeFile(join(target, file), texts[name] ?? "");
    }
}

/** @param {string} address */
async function writeConfig(address) {
    const file = join(place, "config.json");
    const before = existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : {};
    const Driver = { IPAddress: address, EnginePort: behaviour.enginePort };
    await writeFile(file, JSON.stringify({ ...before, Driver }));
}

async function create() {
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
            await pause(60_000);
        }
        process.stderr.write("Error creating machine: no SSH\n");
        return 1;
    }
    await writeConfig("127.0.0.1");
    return 0;
}

async function remove() {
    if (behaviour.rm === "fails") {
        process.stderr.write("Error removing host: the provider does not answer\n");
        return 1;
    }
    if (behaviour.rm === "leaves the folder") {
        await rm(join(place, "config.json"));
        return 1;
    }
    await rm(place, { recursive: true });
    process.stdout.write(`Successfully removed ${machine}\n`);
    return 0;
}

/** @param {string | undefined} address */
function tell(address) {
    if (address === undefined) {
        process.stderr.write("Host is not running\n");
        return 1;
    }
    process.stdout.write(`${address}\n`);
    return 0;
}

async function mend() {
    if (behaviour.mends === verb) {
        await writeConfig("127.0.0.1");
        return 0;
    }
    process.stderr.write(`${verb}: it did not help\n`);
    return 1;
}

async function run() {
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
            process.stdout.write(
                (words.at(-1)?.endsWith("nf_conntrack")
                    ? behaviour.ssh?.table
                    : behaviour.ssh?.says) ?? "",
            );
            process.stderr.write(behaviour.ssh?.fails ?? "");
            return behaviour.ssh?.fails === undefined ? 0 : 1;
        case "ip":
            return tell(behaviour.ip);
        default:
            return mend();
    }
}

process.exitCode = await run();
