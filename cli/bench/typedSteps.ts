import { resolve } from "node:path";
import type { AgentImage } from "../../components/agent/agentImage.ts";
import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import { callEnvironment, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { waitFor } from "../../scripts/system/waitFor.ts";
import type { Hosts } from "./hosts.ts";
import { secondsOf, timedRun } from "./timedRun.ts";

/** Ports that the walkthrough publishes on a machine's address, in its own order. */
const published = ["8300", "8301", "8301/udp", "8302", "8302/udp", "8400", "8500"];

/** How long one typed step may take. */
const timeoutMs = 300_000;

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

    /** Runs all of them, and measures their time. */
    async run(): Promise<TypedTimes> {
        const create = await secondsOf(() => this.#createMachines());
        const image = await secondsOf(() => this.#fetchImages());
        const run = await secondsOf(() => this.#runServers());
        const wait = await secondsOf(() => this.#awaitVoters());
        return { create, image, run, wait };
    }

    /** Each machine is started and provisioned before the next one, as `docker-machine create`
     * does it with machines that it makes itself. */
    async #createMachines(): Promise<void> {
        for (const host of this.#hosts.hosts) {
            await this.#hosts.start(host);
            const address = `--generic-ip-address=${host.address}`;
            const key = `--generic-ssh-key=${this.#hosts.keyFile}`;
            await this.#machine("create", "--driver=generic", address, key, host.name);
        }
    }

    async #fetchImages(): Promise<void> {
        const image = this.#image;
        for (const { name } of this.#hosts.hosts) {
            const engine = await this.#engineOf(name);
            await (image.kind === "archive"
                ? this.#type("docker", ...engine, "load", "--input", resolve(image.archive))
                : this.#type("docker", ...engine, "pull", image.reference));
        }
    }

    /** The first server bootstraps the cluster, the others join it. */
    async #runServers(): Promise<void> {
        const { hosts } = this.#hosts;
        const first = hosts[0]?.address ?? "";
        for (const { name, address } of hosts) {
            const role = address === first ? `-bootstrap-expect=${hosts.length}` : `-join=${first}`;
            const engine = await this.#engineOf(name);
            await this.#type(
                ...["docker", ...engine, "run", "--detach", "--name=consul", `--hostname=${name}`],
                ...published.map((port) => `--publish=${address}:${port.split("/")[0]}:${port}`),
                `--publish=${await this.#bridgeOf(engine)}:53:8600/udp`,
                this.#image.kind === "archive" ? this.#image.source : this.#image.reference,
                ...["agent", "-server", "-ui", "-data-dir=/consul/data", "-client=0.0.0.0"],
                ...["-bind=0.0.0.0", `-advertise=${address}`, role],
            );
        }
    }

    async #awaitVoters(): Promise<void> {
        const { hosts } = this.#hosts;
        const api = new ConsulClient(`http://${hosts[0]?.address ?? ""}:8500`);
        const missingVoters = async () => {
            if (this.#signal.aborted) {
                return undefined;
            }
            const peers = (await api.leader()) === "" ? [] : await api.raftPeers();
            const voters = peers.filter(({ Voter }) => Voter).length;
            return voters === hosts.length
                ? undefined
                : `the typed cluster has ${voters} voters of ${hosts.length}`;
        };
        await waitFor(missingVoters, { limit: timeoutMs, interval: 100 });
        this.#signal.throwIfAborted();
    }

    /** The arguments of `docker $(docker-machine config NAME)`. */
    async #engineOf(machine: string): Promise<string[]> {
        const lines = (await this.#machine("config", machine)).split("\n");
        const args = lines.filter((line) => line.startsWith("-"));
        return args.map((arg) => arg.trim().replaceAll('"', ""));
    }

    /** The machine's docker0 address, where the walkthrough publishes DNS. */
    async #bridgeOf(engine: readonly string[]): Promise<string> {
        const format = "--format={{(index .IPAM.Config 0).Gateway}}";
        return (
            await this.#type("docker", ...engine, "network", "inspect", format, "bridge")
        ).trim();
    }

    async #machine(...args: readonly string[]): Promise<string> {
        return this.#type(await findBinary(undefined), "--storage-path", this.#store, ...args);
    }

    /** Runs a command as it would be typed. */
    async #type(...[program = "", ...args]: readonly string[]): Promise<string> {
        const env = callEnvironment(process.env);
        return (await timedRun(program, args, { timeoutMs, env, signal: this.#signal })).stdout;
    }
}
