import { docker, hostOf, onMachine } from "../../lab/support/host.ts";

/** Drops what passes between one machine and others, in both directions, until it is undone. The
 * operator still reaches the machine. */
export class CutLine {
    readonly #stack: string;
    readonly #node: string;
    readonly #rules: readonly (readonly string[])[];

    /**
     * @param others addresses of the machines on the other side.
     * @param protocol what is dropped; everything, where none is named.
     */
    constructor(stack: string, node: string, others: readonly string[], protocol?: "udp") {
        this.#stack = stack;
        this.#node = node;
        const of = protocol === undefined ? [] : ["-p", protocol];
        // Before any translation of addresses, so that it applies to containers' traffic, too.
        this.#rules = others.flatMap((other) => [
            ["PREROUTING", ...of, "-s", other, "-j", "DROP"],
            ["PREROUTING", ...of, "-d", other, "-j", "DROP"],
        ]);
    }

    cut(): Promise<void> {
        return this.#apply("-I");
    }

    mend(): Promise<void> {
        return this.#apply("-D");
    }

    async #apply(verb: "-I" | "-D"): Promise<void> {
        for (const rule of this.#rules) {
            await onMachine(this.#stack, this.#node, "iptables", "-t", "raw", verb, ...rule);
        }
    }
}

/** Kills a node's agent as a crash does; its engine starts it again. */
export async function killAgent(stack: string, node: string): Promise<void> {
    await onMachine(stack, node, "pkill", "-KILL", "-x", "consul");
}

/** Cuts a machine's power. */
export async function powerOff(stack: string, node: string): Promise<void> {
    await docker("kill", hostOf(stack, node));
}

/** Puts a machine's power on again. */
export async function powerOn(stack: string, node: string): Promise<void> {
    await docker("start", hostOf(stack, node));
}

/** A small disk below a node's data, which can be filled without harming the computer. */
export class SmallDisk {
    readonly #stack: string;
    readonly #node: string;

    constructor(stack: string, node: string) {
        this.#stack = stack;
        this.#node = node;
    }

    /** Moves the data onto it; the agent is stopped meanwhile. */
    async mount(megabytes: number): Promise<void> {
        await this.#run(
            `set -e; d=${volume}; docker stop consul; cp -a $d /root/data; ` +
                `mount -t tmpfs -o size=${megabytes}m,mode=755 data $d; cp -a /root/data/. $d; ` +
                "docker start consul",
        );
    }

    /** Fills it to the last byte. */
    async fill(): Promise<void> {
        await this.#run(`dd if=/dev/zero of=${volume}/filler bs=64k; sync; df ${volume}`);
    }

    /** Makes room again. */
    async free(): Promise<void> {
        await this.#run(`rm -f ${volume}/filler`);
    }

    /** Moves the data back to where they were. */
    async unmount(): Promise<void> {
        await this.#run(
            `set -e; d=${volume}; docker stop consul; rm -rf /root/data; cp -a $d /root/data; ` +
                "umount $d; rm -rf $d/*; cp -a /root/data/. $d; rm -rf /root/data; " +
                "docker start consul",
        );
    }

    async #run(script: string): Promise<void> {
        await onMachine(this.#stack, this.#node, "sh", "-c", script);
    }
}

/** Where a machine's engine keeps the volume of its agent's data. */
const volume = "/var/lib/docker/volumes/consul-data/_data";
