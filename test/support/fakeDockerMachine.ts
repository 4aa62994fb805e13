import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { certificates, type Certificates } from "./certificates.ts";
import { Machine } from "../../scripts/machine/machine.ts";
import { Store } from "../../scripts/machine/store.ts";

const program = fileURLToPath(new URL("./fakeDockerMachineProgram.mjs", import.meta.url));

/** How the next calls end. @default all succeed */
export interface Behaviour {
    /** Where the engines of the machines that it makes or repairs listen. */
    readonly enginePort?: number;
    readonly create?: "fails" | "refuses" | "hangs";
    readonly rm?: "fails" | "leaves the folder";
    /** What `status` says. */
    readonly status?: string;
    /** The address that `ip` tells. @default it fails, as for a machine that does not run */
    readonly ip?: string;
    /** The verb after which the engine answers. */
    readonly mends?: "start" | "regenerate-certs";
    /** Whether it leaves the CA incomplete. */
    readonly breaksAuthority?: boolean;
    /** What `create --help` prints. */
    readonly help?: string;
    /** What a host says that is told something over SSH, and with which complaint the call fails;
     * and its kernel's table of flows. */
    readonly ssh?: { readonly says?: string; readonly fails?: string; readonly table?: string };
}

/** A docker-machine that does as it is told, on a store in the same folder. */
export interface FakeDockerMachine {
    readonly binary: string;
    readonly store: string;
    /** Tells it how to behave from now on. */
    readonly behave: (behaviour: Behaviour) => Promise<void>;
    /** What it was called with, without the store's path. */
    readonly calls: () => Promise<string[]>;
}

/** Lays a fake docker-machine into a folder. */
export async function fakeDockerMachine(
    folder: string,
    behaviour: Behaviour = {},
): Promise<FakeDockerMachine> {
    const binary = join(folder, "docker-machine");
    const store = join(folder, "store");
    const behave = (how: Behaviour) =>
        writeFile(join(folder, "behaviour.json"), JSON.stringify(how));
    await writeFile(join(folder, "certificates.json"), JSON.stringify(await certificates()));
    await writeFile(join(folder, "calls"), "");
    await behave(behaviour);
    await writeFile(
        binary,
        `#!/bin/sh\nexec "${process.execPath}" "${program}" "${folder}" "$@"\n`,
    );
    await chmod(binary, 0o755);
    const calls = async () => {
        const text = await readFile(join(folder, "calls"), "utf8");
        return text.split("\n").filter((line) => line !== "");
    };
    return { binary, store, behave, calls };
}

/** Puts a machine into a store as docker-machine leaves one there. */
export async function putMachine(
    store: string,
    machine: string,
    enginePort: number,
    { ca, cert, key, serverCert }: Certificates,
    address = "127.0.0.1",
): Promise<void> {
    const files = Machine.of({ store, machine }).files;
    const folder = join(new Store(store).layout.machines, machine);
    await mkdir(folder, { recursive: true });
    const Driver = { IPAddress: address, EnginePort: enginePort };
    const config = { Driver, DriverName: "generic" };
    await Promise.all([
        writeFile(join(folder, "server.pem"), serverCert),
        writeFile(files.ca, ca),
        writeFile(files.cert, cert),
        writeFile(files.key, key),
        writeFile(files.config, JSON.stringify(config)),
    ]);
}

/** What a host prints that has deleted flows, of as many kinds. */
export function deletionsOf(kinds: number): string {
    return "conntrack v1.4.7 (conntrack-tools): 1 flow entries have been deleted.\n".repeat(kinds);
}

/** The call that deletes the flows of UDP ports of 10.0.0.12 on a host. */
export function deletionCall(machine: string, ...ports: readonly number[]): string {
    const commands = ports.flatMap((port) =>
        ["orig", "reply"].map(
            (way) => `sudo conntrack -D -p udp --${way}-dst 10.0.0.12 --${way}-port-dst ${port}`,
        ),
    );
    return `ssh ${machine} { ${commands.join("; ")}; } 2>&1 | grep -v ^udp`;
}
