import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { defaultDockerHost } from "../../../components/machine/labHost.ts";
import { labCapabilities } from "../../../components/machine/labMachine.ts";
import { callEnvironment, findBinary } from "../../../scripts/machine/dockerMachineCli.ts";
import { makeLabKey } from "../../../scripts/lab/labKey.ts";
import { ensureLabImage } from "../../../scripts/lab/labImage.ts";
import { docker, hostOf } from "./host.ts";
import type { LabStack } from "./labStack.ts";
import { Store } from "../../../scripts/machine/store.ts";

/** Who starts a machine again: docker-machine, which records its new address, or another program. */
export type Starter = "docker-machine" | "another program";

/**
 * Machines of the driver `leased`, which is beside this file: containers as those of the driver `lab`,
 * on a network that gives them other addresses on demand.
 */
export class LeasedMachines {
    readonly #stack: LabStack;
    readonly #driverFolder: string;
    readonly #keyFolder: string;
    readonly #prefix: string;

    private constructor(stack: LabStack, prefix: string, driver: string, keys: string) {
        this.#stack = stack;
        this.#prefix = prefix;
        this.#driverFolder = driver;
        this.#keyFolder = keys;
    }

    /**
     * Makes the network and the containers, the first with the address that ends in 11.
     *
     * @param prefix the first three numbers of the network's addresses: `10.99.7`.
     * @param driver the folder of the driver's program.
     */
    static async make(
        stack: LabStack,
        nodes: readonly string[],
        prefix: string,
        driver: string,
    ): Promise<LeasedMachines> {
        const keys = await mkdtemp(join(tmpdir(), `${stack.name}-keys-`));
        const machines = new LeasedMachines(stack, prefix, driver, keys);
        const request = { host: defaultDockerHost };
        const { reference } = await ensureLabImage(request, () => undefined);
        const publicKey = await makeLabKey({ keyFile: machines.#keyFile });
        const label = `consul-machines.owner=consul-machines/${stack.name}`;
        const network = ["--subnet", `${prefix}.0/24`, "--gateway", `${prefix}.1`];
        await docker("network", "create", "--label", label, ...network, stack.name);
        await Promise.all(
            nodes.map((node, index) =>
                docker(
                    ...["run", "--detach", "--name", hostOf(stack.name, node)],
                    ...["--hostname", `${stack.name}-${node}`, "--label", label],
                    ...["--network", stack.name, "--ip", machines.address(11 + index)],
                    ...labCapabilities.flatMap((name) => ["--cap-add", name]),
                    ...["--security-opt", "apparmor=unconfined"],
                    ...["--security-opt", "seccomp=unconfined", "--cgroupns", "private"],
                    ...["--env", `LAB_AUTHORIZED_KEYS=${publicKey}`, reference],
                ),
            ),
        );
        return machines;
    }

    /** A node as the stack's settings have it. */
    node(name: string) {
        const options = { container: hostOf(this.#stack.name, name), "ssh-key": this.#keyFile };
        return { name, options };
    }

    /** An address of the network, by its last number. */
    address(last: number): string {
        return `${this.#prefix}.${last}`;
    }

    get #keyFile(): string {
        return join(this.#keyFolder, "id");
    }

    /** Turns machines off, and starts them at other addresses, given by their last numbers. */
    async restart(moves: Readonly<Record<string, number>>, starter: Starter): Promise<void> {
        const { name } = this.#stack;
        const hosts = Object.entries(moves).map(([node, last]) => {
            return { node, host: hostOf(name, node), address: this.address(last) };
        });
        await docker("stop", "--time", "3", ...hosts.map(({ host }) => host));
        for (const { host } of hosts) {
            await docker("network", "disconnect", name, host);
        }
        for (const { host, address } of hosts) {
            await docker("network", "connect", "--ip", address, name, host);
        }
        await (starter === "docker-machine"
            ? this.#dockerMachine("start", ...hosts.map(({ node }) => `${name}-${node}`))
            : docker("start", ...hosts.map(({ host }) => host)));
    }

    async #dockerMachine(...words: string[]): Promise<void> {
        const { root } = new Store(`.state/machines/${this.#stack.name}`).layout;
        const env = { ...callEnvironment(process.env), PATH: this.path };
        const all = ["--storage-path", root, ...words];
        await promisify(execFile)(await findBinary(undefined), all, { env });
    }

    /** A PATH on which docker-machine finds the driver. */
    get path(): string {
        return pathWith(this.#driverFolder);
    }

    /** Removes what is left of them. */
    async end(): Promise<void> {
        const filter = `label=consul-machines.owner=consul-machines/${this.#stack.name}`;
        const left = (await docker("ps", "-aq", "--filter", filter)).split("\n");
        const containers = left.filter((id) => id !== "");
        if (containers.length > 0) {
            await docker("rm", "--force", "--volumes", ...containers);
        }
        await docker("network", "rm", this.#stack.name);
        await rm(this.#keyFolder, { recursive: true });
    }
}

/** This process's PATH with one more folder on it. */
export function pathWith(folder: string): string {
    return `${folder}:${process.env.PATH ?? ""}`;
}
