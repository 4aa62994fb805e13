import { join } from "node:path";
import { makeLabKey } from "../../scripts/lab/labKey.ts";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { timedRun } from "./timedRun.ts";

/** How a lab machine's container is made, read from an existing one. */
export interface HostRecipe {
    readonly image: string;
    /** Arguments of `docker run`. */
    readonly args: readonly string[];
}

/** Runs the docker command on this computer's engine. */
export async function docker(args: readonly string[], signal?: AbortSignal): Promise<string> {
    const options = { timeoutMs: 120_000, env: noDockerVariables, signal };
    return (await timedRun("docker", args, options)).stdout.trim();
}

/** Prints the image, and each argument on a line of its own. */
const recipeFormat = `{{.Config.Image}}{{with .HostConfig}}{{range .CapAdd}}
--cap-add={{.}}{{end}}{{range .SecurityOpt}}
--security-opt={{.}}{{end}}
--cgroupns={{.CgroupnsMode}}
--restart={{.RestartPolicy.Name}}{{end}}`;

/** Reads from a lab machine how to start another one like it. */
export async function recipeOf(container: string): Promise<HostRecipe> {
    const printed = await docker(["inspect", `--format=${recipeFormat}`, container]);
    const [image = "", ...args] = printed.split("\n");
    return { image, args };
}

/** One host. */
export interface Host {
    readonly name: string;
    readonly address: string;
}

/** Hosts that can be started, and then made machines. */
export interface Hosts {
    /** The private key for their user root. */
    readonly keyFile: string;
    readonly hosts: readonly Host[];
    /** Starts one that has nothing on it. */
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

const label = "consul-machines.bench";

/** Makes what hosts need: a network of their own, and the key to log in with. */
export async function prepareHosts(
    { prefix, subnet, folder, count }: HostPlace,
    recipe: HostRecipe,
    signal?: AbortSignal,
): Promise<Hosts> {
    const keyFile = join(folder, "id_bench");
    const publicKey = await makeLabKey({ keyFile });
    const hosts = Array.from({ length: count }, (_, index) => ({
        name: `${prefix}-${index + 1}`,
        address: subnet.replace(/\.\d+\/\d+$/, `.${11 + index}`),
    }));
    await docker(["network", "create", `--subnet=${subnet}`, prefix], signal);
    const common = [
        `--network=${prefix}`,
        `--env=LAB_AUTHORIZED_KEYS=${publicKey}`,
        `--label=${label}=${prefix}`,
        ...recipe.args,
        recipe.image,
    ];
    const start = async ({ name, address }: Host) => {
        const own = [`--name=${name}`, `--hostname=${name}`, `--ip=${address}`];
        await docker(["run", "--detach", ...own, ...common], signal);
    };
    return { keyFile, hosts, start };
}

/** Removes hosts and their network; those of an earlier run too. */
export async function removeHosts(prefix: string): Promise<void> {
    const containers = await docker(["ps", "-aq", `--filter=label=${label}=${prefix}`]);
    const networks = await docker(["network", "ls", "-q", `--filter=name=^${prefix}$`]);
    if (containers !== "") {
        await docker(["rm", "--force", "--volumes", ...containers.split("\n")]);
    }
    if (networks !== "") {
        await docker(["network", "rm", ...networks.split("\n")]);
    }
}
