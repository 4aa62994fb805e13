import { isLab } from "../../components/cluster/clusterArgs.ts";
import { isKnownHost, type KnownHost } from "../../components/machine/machineArgs.ts";
import { resolverPort } from "../../components/agent/ports.ts";
import type { ListedContainer } from "../../scripts/docker/container.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { run } from "../../scripts/system/process.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";
import { containerName, listContainers } from "./takenPorts.ts";

/** A container or program that has the port that resolvers ask. */
export interface PortHolder {
    /** What it is called, where the machine tells: `the program "dnsmasq"`. */
    readonly who: string;
    readonly protocol: string;
    /** Where it listens. */
    readonly at: string;
}

/** Milliseconds for a host to answer; other checks report one that does not. */
const timeoutMs = 10_000;

/** Prints the bridge's address, and what listens on the port: with names, where the user may see them. */
const question =
    "ip -4 -o addr show docker0 2>/dev/null; " +
    `sudo -n ss -Hlntup 'sport = :${resolverPort}' 2>/dev/null || ` +
    `ss -Hlntup 'sport = :${resolverPort}' 2>/dev/null`;

/**
 * Finds machines whose bridge cannot have the agent's DNS, because its port is taken: by a container, as the
 * machine's engine tells, or by a program of the host's own, as the host tells over SSH. Connecting to the port
 * would tell nothing: the bridge is reached from the machine alone.
 */
export async function takenResolverProblems(
    declared: readonly Pick<DeclaredMachine, "name" | "machine">[],
    machines: StackMachines,
): Promise<string[]> {
    const found = await Promise.all(
        declared.map(async ({ name, machine }) => {
            const holders = await holdersOn(name, machine, machines);
            return holders.map((holder) => problem(name, holder));
        }),
    );
    return found.flat();
}

async function holdersOn(
    node: string,
    declared: DeclaredMachine["machine"],
    machines: StackMachines,
): Promise<readonly PortHolder[]> {
    const machine = machines.machine(node);
    if ((await machine.record())?.state === "made") {
        const containers = await listContainers(machine);
        const ours = containers.filter(({ Labels }) => Labels[ownerLabel] === machines.owner);
        if (containerHolders(ours).length > 0) {
            // The agent has the port already.
            return [];
        }
        const holders = containerHolders(containers);
        return holders.length > 0 ? holders : programHolders(await askMachine(machines, node));
    }
    return !isLab(declared) && isKnownHost(declared) ? programHolders(await askHost(declared)) : [];
}

/** Asks a machine of ours, by docker-machine. */
async function askMachine(machines: StackMachines, node: string): Promise<string> {
    const cli = await machines.cli().catch(() => undefined);
    const answer = await cli?.call(["ssh", machines.machine(node).name, question]);
    return answer?.stdout ?? "";
}

/** Asks a host that is no machine yet, as docker-machine will: by SSH, with the node's key. */
async function askHost(host: KnownHost): Promise<string> {
    const { address, reach = address, sshUser, sshKey, sshPort } = host;
    const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
    const words = [
        ...[...options, "ConnectTimeout=5"].flatMap((option) => ["-o", option]),
        ...(sshKey === undefined ? [] : ["-i", sshKey]),
        ...["-p", String(sshPort ?? 22)],
        `${sshUser ?? "root"}@${reach}`,
        question,
    ];
    const { code, stdout } = await run("ssh", words, { timeoutMs });
    return code === 0 ? stdout : "";
}

/** The containers that publish the port where the agent would: on every address, or the bridge's. One on the
 * machine's own address is reported as well, for the bridge's is not known here. */
export function containerHolders(containers: readonly ListedContainer[]): PortHolder[] {
    return containers.flatMap((container) =>
        container.Ports.filter(({ PublicPort }) => PublicPort === resolverPort).map(
            ({ IP, Type }) => ({
                who: `the container "${containerName(container)}"`,
                protocol: Type,
                at: IP ?? "every address",
            }),
        ),
    );
}

/**
 * Reads a host's answer: what listens on every address, or on the bridge's. A resolver of the host's own on its
 * loopback, as many have, is no obstacle.
 */
export function programHolders(answer: string): PortHolder[] {
    const lines = answer.split("\n");
    const bridge = lines
        .map((line) => /\bdocker0\s+inet ([\d.]+)\//.exec(line)?.[1])
        .find((address) => address !== undefined);
    const wanted = new Set(["0.0.0.0", "*", bridge]);
    return lines.flatMap((line): PortHolder[] => {
        const [, protocol, told] = /^(udp|tcp)\s+\S+\s+\d+\s+\d+\s+(\S+):\d+\s/.exec(line) ?? [];
        // How a socket for both kinds of addresses has an IPv4 one.
        const at = told?.replace(/^\[::ffff:([\d.]+)\]$/i, "$1");
        if (protocol === undefined || at === undefined || !wanted.has(at)) {
            return [];
        }
        const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
        const isTold = name !== undefined && pid !== undefined;
        const who = isTold ? `the program "${name}" (process ${pid})` : "a program of the host's";
        return [{ who, protocol, at: at === "*" ? "every address" : at }];
    });
}

function problem(node: string, { who, protocol, at }: PortHolder): string {
    return (
        `${node}: dnsOnBridge: port ${resolverPort}/${protocol} of its machine's bridge is taken ` +
        `by ${who}, which listens on ${at}. Stop it, bind it to other addresses, or set ` +
        "dnsOnBridge to false."
    );
}
