import { isOnAddress, type PortRow } from "../../components/agent/ports.ts";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import { isKnownHost, type KnownHost } from "../../components/machine/machineArgs.ts";
import type { ListedContainer } from "../../scripts/docker/container.ts";
import { readListeners } from "../../scripts/hosts/facts/listeners.ts";
import type { Listener } from "../../scripts/hosts/facts/hostFacts.ts";
import { ownerLabel } from "../../scripts/protocol/labels.ts";
import { run } from "../../scripts/system/process.ts";
import { plannedRows, type PublishedPorts } from "./plannedPorts.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";
import { containerName, containerPortProblems, listContainers } from "./takenPorts.ts";

/** A container or program that has a port that is to be published. */
export interface PortHolder {
    /** What it is called, where the machine tells: `the program "dnsmasq"`. */
    readonly who: string;
    readonly protocol: string;
    /** Where it listens. */
    readonly at: string;
}

/** A machine whose ports are looked at. */
type LookedMachine = Pick<DeclaredMachine, "name" | "machine" | "role">;

/** Milliseconds for a host to answer; other checks report one that does not. */
const timeoutMs = 10_000;

/** Prints the bridge's address, and what listens: with names, where the user may see them. */
const question =
    "ip -4 -o addr show docker0 2>/dev/null; " +
    "sudo -n ss -Hlntup 2>/dev/null || ss -Hlntup 2>/dev/null";

/**
 * Finds machines on which what the settings ask for besides Consul's own ports cannot be bound, because something has it:
 * a container, as the machine's engine tells, or a program of the host's own, as the host tells over SSH. Connecting would
 * tell nothing of a bridge, which is reached from the machine alone, nor of UDP. A machine that runs is asked where its
 * agent does not publish a port yet: a container that does not start is no place to learn of it.
 */
export async function takenBindingProblems(
    declared: readonly LookedMachine[],
    machines: StackMachines,
    published: PublishedPorts,
): Promise<string[]> {
    const found = await Promise.all(
        declared.map(async (one) => {
            const rows = plannedRows(one.role, published).filter(({ from }) => from !== undefined);
            return rows.length === 0 ? [] : problemsOn(one, rows, machines);
        }),
    );
    return found.flat();
}

async function problemsOn(
    { name, machine: declared, role }: LookedMachine,
    rows: readonly PortRow[],
    machines: StackMachines,
): Promise<string[]> {
    const machine = machines.machine(name);
    const known = !isLab(declared) && isKnownHost(declared) ? declared : undefined;
    if ((await machine.record())?.state !== "made") {
        // Whether its TCP ports are taken is asked by connecting to them.
        const asked = rows.filter((row) => !isOnAddress(row) || row.protocol === "udp");
        return known === undefined || asked.length === 0
            ? []
            : programProblems(name, asked, known.address, await askHost(known));
    }
    const address = await machine.inspect().then(
        ({ bound }) => bound,
        () => known?.address ?? "",
    );
    const containers = await listContainers(machine);
    const isOurs = ({ Labels }: ListedContainer) => Labels[ownerLabel] === machines.owner;
    const ours = containers.filter(isOurs);
    const lacking = rows.filter((row) => !isPublished(row, address, ours));
    const others = containers.filter((one) => !isOurs(one));
    const byContainers = lacking
        .filter((row) => !isOnAddress(row))
        .flatMap((row) => {
            return containerHolders(others, row.port)
                .filter(({ protocol, at }) => protocol === row.protocol && at !== address)
                .map((holder) => problem(name, row, holder));
        });
    // Of an existing host another check tells which containers have ports of its address.
    const onAddress = { ports: lacking.filter(isOnAddress), apiPorts: lacking.filter(isOnAddress) };
    const elsewhere =
        known === undefined
            ? containerPortProblems(name, address, role, machines.owner, containers, onAddress)
            : [];
    const found = [...byContainers, ...elsewhere];
    if (lacking.length === 0 || found.length > 0) {
        return found;
    }
    return programProblems(name, lacking, address, await askMachine(machines, name));
}

/** Whether a container of the stack has this port at this place already. */
function isPublished(row: PortRow, address: string, ours: readonly ListedContainer[]): boolean {
    return ours.some(({ Ports }) =>
        Ports.some(
            ({ IP, PublicPort, Type }) =>
                PublicPort === row.port &&
                Type === row.protocol &&
                (IP === address) === isOnAddress(row),
        ),
    );
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

/** The containers that publish a port, wherever that is. */
export function containerHolders(
    containers: readonly ListedContainer[],
    port: number,
): PortHolder[] {
    return containers.flatMap((container) =>
        container.Ports.filter(({ PublicPort }) => PublicPort === port).map(({ IP, Type }) => ({
            who: `the container "${containerName(container)}"`,
            protocol: Type,
            at: IP ?? "every address",
        })),
    );
}

function programProblems(
    node: string,
    rows: readonly PortRow[],
    address: string,
    answer: string,
): string[] {
    return rows.flatMap((row) =>
        programHolders(answer, row, address).map((holder) => problem(node, row, holder)),
    );
}

/**
 * Reads a host's answer: what listens where a port is to be bound, or on every address. A resolver of the host's own on
 * its loopback, as many have, is no obstacle.
 *
 * @param address the machine's own address.
 */
export function programHolders(
    answer: string,
    row: Pick<PortRow, "port" | "protocol" | "at">,
    address: string,
): PortHolder[] {
    const lines = answer.split("\n");
    const bridge = lines
        .map((line) => /\bdocker0\s+inet ([\d.]+)\//.exec(line)?.[1])
        .find((one) => one !== undefined);
    const wanted = row.at === "bridge" ? bridge : address;
    const listeners = readListeners("ss", () => lines) ?? [];
    return listeners
        .filter((one) => one.port === row.port && one.protocol === row.protocol)
        .filter((one) => one.address === "*" || one.address === wanted)
        .map(holderOf);
}

function holderOf({ protocol, address, program, pid }: Listener): PortHolder {
    const isTold = program !== undefined && pid !== undefined;
    const who = isTold ? `the program "${program}" (process ${pid})` : "a program of the host's";
    return { who, protocol, at: address === "*" ? "every address" : address };
}

function problem(
    node: string,
    { from = "ports", at, port, protocol }: PortRow,
    { who, at: listens }: PortHolder,
): string {
    const isFlag = /^(dns|http)On/.test(from);
    return (
        `${node}: ${from}: port ${port}/${protocol} of its machine's ${at ?? "address"} is taken ` +
        `by ${who}, which listens on ${listens}. Stop it, bind it to other addresses, or ` +
        (isFlag ? `set ${from} to false.` : "name another port.")
    );
}
