import { readFileSync } from "node:fs";
import { join } from "node:path";
import { makeLabKey } from "../../scripts/lab/labKey.ts";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { runChild } from "./child.ts";

/** How long one command of docker's may take. */
const limit = 120_000;

/** How a lab machine's container is made, as the engine tells it of one that exists. */
export interface HostRecipe {
    readonly image: string;
    /** Words of `docker run`. */
    readonly words: readonly string[];
}

interface Inspected {
    readonly Config: { readonly Image: string };
    readonly HostConfig: {
        readonly CapAdd: readonly string[] | null;
        readonly SecurityOpt: readonly string[] | null;
        readonly CgroupnsMode: string;
        readonly RestartPolicy: { readonly Name: string };
    };
}

/** Runs the docker command on this computer's engine. */
export async function docker(words: readonly string[], signal?: AbortSignal): Promise<string> {
    const { stdout } = await runChild("docker", words, { limit, env: noDockerVariables, signal });
    return stdout.trim();
}

/** Reads off a lab machine how to start another one like it. */
export async function recipeOf(container: string): Promise<HostRecipe> {
    const [found] = JSON.parse(await docker(["inspect", container])) as readonly Inspected[];
    if (found === undefined) {
        throw new Error(`${container}: there is no such container.`);
    }
    const { CapAdd, SecurityOpt, CgroupnsMode, RestartPolicy } = found.HostConfig;
    return {
        image: found.Config.Image,
        words: [
            ...(CapAdd ?? []).map((capability) => `--cap-add=${capability}`),
            ...(SecurityOpt ?? []).map((option) => `--security-opt=${option}`),
            `--cgroupns=${CgroupnsMode}`,
            `--restart=${RestartPolicy.Name}`,
        ],
    };
}

/** One host. */
export interface Host {
    readonly name: string;
    readonly address: string;
}

/** Hosts that can be started, to be made machines of. */
export interface Hosts {
    /** The private key for their user root. */
    readonly keyFile: string;
    readonly hosts: readonly Host[];
    /** Starts one, blank. */
    readonly start: (host: Host) => Promise<void>;
}

/** Where hosts are to be. */
export interface HostPlace {
    /** Begins the names of containers and network. */
    readonly prefix: string;
    readonly subnet: string;
    /** Keeps the SSH key. */
    readonly folder: string;
    readonly count: number;
}

/** Makes what hosts stand on: a network of their own, and the key to log in with. */
export async function prepareHosts(
    { prefix, subnet, folder, count }: HostPlace,
    recipe: HostRecipe,
    signal: AbortSignal,
): Promise<Hosts> {
    const keyFile = join(folder, "id_bench");
    const publicKey = await makeLabKey({ keyFile });
    const hosts = Array.from({ length: count }, (_, index) => ({
        name: `${prefix}-${index + 1}`,
        address: subnet.replace(/\.\d+\/\d+$/, `.${11 + index}`),
    }));
    await docker(["network", "create", `--subnet=${subnet}`, prefix], signal);
    const start = async ({ name, address }: Host) => {
        const own = [
            `--name=${name}`,
            `--hostname=${name}`,
            `--network=${prefix}`,
            `--ip=${address}`,
        ];
        const key = `--env=LAB_AUTHORIZED_KEYS=${publicKey}`;
        const label = `--label=consul-machines.bench=${prefix}`;
        const words = ["run", "--detach", ...own, key, label, ...recipe.words, recipe.image];
        await docker(words, signal);
    };
    return { keyFile, hosts, start };
}

/** Removes hosts and their network; those of an earlier run too. */
export async function removeHosts(prefix: string): Promise<void> {
    const containers = await docker([
        "ps",
        "-aq",
        `--filter=label=consul-machines.bench=${prefix}`,
    ]);
    const networks = await docker(["network", "ls", "-q", `--filter=name=^${prefix}$`]);
    if (containers !== "") {
        await docker(["rm", "--force", "--volumes", ...containers.split("\n")]);
    }
    if (networks !== "") {
        await docker(["network", "rm", ...networks.split("\n")]);
    }
}

/** Reads a file once, so that whoever loads it first has no slower disk than the next. */
export function warm(file: string): void {
    readFileSync(file);
}
