import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";

/** Runs the docker command on this computer's own engine. */
export async function docker(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)("docker", [
        "--host",
        "unix:///var/run/docker.sock",
        ...words,
    ]);
    return stdout.trim();
}

/** Runs a command inside a lab machine. */
export function onMachine(stack: string, node: string, ...words: string[]): Promise<string> {
    return docker("exec", hostOf(stack, node), ...words);
}

/** The container that plays a node's machine. */
export function hostOf(stack: string, node: string): string {
    return `consul-machines-${stack}-${node}`;
}

/** Everything that a stack has on this computer: containers, networks, its store. */
export async function remains(stack: string): Promise<string[]> {
    const filter = `label=consul-machines.owner=consul-machines/${stack}`;
    const containers = await docker("ps", "-aq", "--filter", filter);
    const networks = await docker("network", "ls", "-q", "--filter", filter);
    const store = `.state/machines/${stack}`;
    return [...lines(containers), ...lines(networks), ...(existsSync(store) ? [store] : [])];
}

/** The volumes on this computer. */
export async function volumes(): Promise<string[]> {
    return lines(await docker("volume", "ls", "-q"));
}

/** The volumes that a container on this computer uses. */
export async function volumesOf(container: string): Promise<string[]> {
    return lines(
        await docker("inspect", "--format={{range .Mounts}}{{println .Name}}{{end}}", container),
    );
}

function lines(text: string): string[] {
    return text.split("\n").filter((line) => line !== "");
}

/** Ids of the agents' containers, by node. */
export async function containerIds(
    stack: string,
    nodes: readonly string[],
): Promise<Record<string, string>> {
    const ids = nodes.map(
        async (node) =>
            [
                node,
                await onMachine(stack, node, "docker", "inspect", "--format={{.Id}}", "consul"),
            ] as const,
    );
    return Object.fromEntries(await Promise.all(ids));
}
