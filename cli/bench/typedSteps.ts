import { resolve } from "node:path";
import type { AgentImage } from "../../components/agent/agentImage.ts";
import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { callEnvironment, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { sleep } from "../../scripts/system/progress.ts";
import { runChild } from "./child.ts";
import type { Hosts } from "./machines.ts";

/** Ports that the walkthrough publishes on a machine's address, in its own order. */
const published = ["8300", "8301", "8301/udp", "8302", "8302/udp", "8400", "8500"];

/** How long one typed step may take. */
const limit = 300_000;

/** Seconds of each part of the walkthrough's steps. */
export interface TypedTimes {
    readonly create: number;
    readonly image: number;
    readonly run: number;
    readonly wait: number;
}

/** The walkthrough's steps on these hosts, typed one after another. */
export class TypedSteps {
    readonly #hosts: Hosts;
    readonly #store: string;
    readonly #image: AgentImage;
    readonly #signal: AbortSignal;

    constructor(hosts: Hosts, store: string, image: AgentImage, signal: AbortSignal) {
        this.#hosts = hosts;
        this.#store = store;
        this.#image = image;
        this.#signal = signal;
    }

    /** Takes them all, and their time. */
    async take(): Promise<TypedTimes> {
        const create = await timed(() => this.#createMachines());
        const image = await timed(() => this.#fetchImages());
        const run = await timed(() => this.#runServers());
        const wait = await timed(() => this.#awaitVoters());
        return { create, image, run, wait };
    }

    /** Each machine is started and provisioned before the next one, as `docker-machine create`
     * does it with machines that it makes itself. */
    async #createMachines(): Promise<void> {
        for (const host of this.#hosts.hosts) {
            const { name, address } = host;
            await this.#hosts.start(host);
            await this.#machine([
                "create",
                "--driver=generic",
                `--generic-ip-address=${address}`,
                `--generic-ssh-key=${this.#hosts.keyFile}`,
                name,
            ]);
        }
    }

    async #fetchImages(): Promise<void> {
        for (const { name } of this.#hosts.hosts) {
            const engine = await this.#engineOf(name);
            await this.#docker(
                this.#image.kind === "archive"
                    ? [...engine, "load", "--input", resolve(this.#image.archive)]
                    : [...engine, "pull", this.#image.reference],
            );
        }
    }

    /** The first server opens the election, the others join it. */
    async #runServers(): Promise<void> {
        const { hosts } = this.#hosts;
        const first = hosts[0]?.address ?? "";
        for (const { name, address } of hosts) {
            const role = address === first ? `-bootstrap-expect=${hosts.length}` : `-join=${first}`;
            const engine = await this.#engineOf(name);
            await this.#docker([
                ...engine,
                ...["run", "--detach", "--name=consul", `--hostname=${name}`],
                ...published.map((port) => `--publish=${address}:${port.split("/")[0]}:${port}`),
                `--publish=${await this.#bridgeOf(engine)}:53:8600/udp`,
                this.#image.kind === "archive" ? this.#image.source : this.#image.reference,
                ...["agent", "-server", "-ui", "-data-dir=/consul/data", "-client=0.0.0.0"],
                ...["-bind=0.0.0.0", `-advertise=${address}`, role],
            ]);
        }
    }

    async #awaitVoters(): Promise<void> {
        const { hosts } = this.#hosts;
        const api = new ConsulClient(`http://${hosts[0]?.address ?? ""}:8500`);
        for (const end = Date.now() + limit; Date.now() < end;) {
            this.#signal.throwIfAborted();
            if ((await votersOf(api)) === hosts.length) {
                return;
            }
            await sleep(100);
        }
        throw new Error(`the typed cluster has not ${hosts.length} voters after ${limit / 1000} s`);
    }

    /** What `docker $(docker-machine config NAME)` makes of a machine's name. */
    async #engineOf(machine: string): Promise<string[]> {
        const said = await this.#machine(["config", machine]);
        const words = said.split("\n").filter((line) => line.startsWith("-"));
        return words.map((word) => word.trim().replaceAll('"', ""));
    }

    /** The machine's docker0 address, where the walkthrough has DNS answer. */
    async #bridgeOf(engine: readonly string[]): Promise<string> {
        const format = "--format={{(index .IPAM.Config 0).Gateway}}";
        return (await this.#docker([...engine, "network", "inspect", format, "bridge"])).trim();
    }

    async #machine(words: readonly string[]): Promise<string> {
        const binary = await findBinary(undefined);
        const all = ["--storage-path", this.#store, ...words];
        const env = callEnvironment(process.env);
        return (await runChild(binary, all, { limit, env, signal: this.#signal })).stdout;
    }

    async #docker(words: readonly string[]): Promise<string> {
        const env = callEnvironment(process.env);
        return (await runChild("docker", words, { limit, env, signal: this.#signal })).stdout;
    }
}

/** How many servers vote under a leader; none while there is no answer. */
async function votersOf(api: ConsulClient): Promise<number> {
    try {
        return (await api.leader()) === ""
            ? 0
            : (await api.raftPeers()).filter(({ Voter }) => Voter).length;
    } catch {
        return 0;
    }
}

/** The seconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
    const started = performance.now();
    await work();
    return (performance.now() - started) / 1000;
}
