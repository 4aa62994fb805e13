import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { isLab, type NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { isGeneric, type GenericMachine } from "../../components/machine/machineArgs.ts";
import { resolverPort } from "../../components/agent/ports.ts";
import { DockerMachineCli, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import type { ListedContainer } from "../../scripts/docker/engineApi.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { readRecord } from "../../scripts/machine/machineRecord.ts";
import { storeLayout } from "../../scripts/machine/storeLayout.ts";
import { listContainers, type StackMachines } from "./takenPorts.ts";

/** Somebody who has the port that resolvers ask. */
export interface Holder {
    /** What it is called, where the machine tells: `the program "dnsmasq"`. */
    readonly who: string;
    readonly protocol: string;
    /** Where it listens. */
    readonly at: string;
}

/** Milliseconds for a host to answer; one that does not is for others to find and say. */
const patience = 10_000;

/** Where the bridge is, and who listens on the port: with names, where we may see them. */
const question =
    "ip -4 -o addr show docker0 2>/dev/null; " +
    `sudo -n ss -Hlntup 'sport = :${resolverPort}' 2>/dev/null || ` +
    `ss -Hlntup 'sport = :${resolverPort}' 2>/dev/null`;

/**
 * Finds machines whose bridge cannot have the agent's DNS, because somebody else has its port: a
 * container, as the machine's engine tells, or a program of the host's own, as the host tells over
 * SSH. Nothing listens there for us to knock at: the bridge is reached from the machine alone.
 *
 * @param binary docker-machine, by which a machine that is made is asked.
 */
export async function takenResolverProblems(
    nodes: readonly NodeArgs[],
    machines: StackMachines,
    binary: string | undefined,
): Promise<string[]> {
    const found = await Promise.all(
        nodes.map(async ({ name, machine }) => {
            const holders = await holdersOn(name, machine, machines, binary);
            return holders.map((holder) => problem(name, holder));
        }),
    );
    return found.flat();
}

async function holdersOn(
    node: string,
    machine: NodeArgs["machine"],
    { store, owner, stack }: StackMachines,
    binary: string | undefined,
): Promise<readonly Holder[]> {
    const machineName = `${stack}-${node}`;
    const record = await readRecord(store, machineName);
    if (record?.state === "made") {
        const containers = await listContainers(store, machineName);
        if (containers.some((one) => one.Labels[ownerLabel] === owner && publishes(one))) {
            // The agent has it already: nobody else can.
            return [];
        }
        const holders = containerHolders(containers);
        return holders.length > 0 ? holders : programHolders(await askMade(machineName));
    }
    return !isLab(machine) && isGeneric(machine) ? programHolders(await askHost(machine)) : [];

    async function askMade(name: string): Promise<string> {
        const program = await findBinary(binary).catch(() => undefined);
        if (program === undefined) {
            return "";
        }
        const cli = new DockerMachineCli(program, storeLayout(store).root);
        return (await cli.call(["ssh", name, question])).stdout;
    }
}

/** Asks a host that is no machine yet, as docker-machine will: by SSH, with the node's key. */
async function askHost({ address, sshUser, sshKey, sshPort }: GenericMachine): Promise<string> {
    const options = ["BatchMode=yes", "StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null"];
    const words = [
        ...[...options, "ConnectTimeout=5"].flatMap((option) => ["-o", option]),
        ...(sshKey === undefined ? [] : ["-i", sshKey]),
        ...["-p", String(sshPort ?? 22)],
        `${sshUser ?? "root"}@${address}`,
        question,
    ];
    const asked = promisify(execFile)("ssh", words, { timeout: patience });
    return asked.then(
        ({ stdout }) => stdout,
        () => "",
    );
}

function publishes({ Ports }: ListedContainer): boolean {
    return Ports.some(({ PublicPort }) => PublicPort === resolverPort);
}

/** The containers that publish the port where the agent would: on every address, or the bridge's.
 * The machine's own address is not told from the bridge's here; either is worth a word. */
export function containerHolders(containers: readonly ListedContainer[]): Holder[] {
    return containers.flatMap(({ Names, Ports }) =>
        Ports.filter(({ PublicPort }) => PublicPort === resolverPort).map(({ IP, Type }) => ({
            who: `the container "${Names[0]?.replace(/^\//, "") ?? "?"}"`,
            protocol: Type,
            at: IP ?? "every address",
        })),
    );
}

/**
 * Reads a host's answer: who listens on every address, or on the bridge's. A resolver of the host's
 * own on its loopback, as many have, is in nobody's way.
 */
export function programHolders(answer: string): Holder[] {
    const lines = answer.split("\n");
    const bridge = lines
        .map((line) => /\bdocker0\s+inet ([\d.]+)\//.exec(line)?.[1])
        .find((address) => address !== undefined);
    const wanted = new Set(["0.0.0.0", "*", bridge]);
    return lines.flatMap((line): Holder[] => {
        const [, protocol, at] = /^(udp|tcp)\s+\S+\s+\d+\s+\d+\s+(\S+):\d+\s/.exec(line) ?? [];
        if (protocol === undefined || at === undefined || !wanted.has(at)) {
            return [];
        }
        const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
        const isTold = name !== undefined && pid !== undefined;
        const who = isTold ? `the program "${name}" (process ${pid})` : "a program of the host's";
        return [{ who, protocol, at: at === "*" ? "every address" : at }];
    });
}

function problem(node: string, { who, protocol, at }: Holder): string {
    return (
        `${node}: dnsOnBridge: port ${resolverPort}/${protocol} of its machine's bridge is taken ` +
        `by ${who}, which listens on ${at}. Stop it, bind it to other addresses, or set ` +
        "dnsOnBridge to false."
    );
}
