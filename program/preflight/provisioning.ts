import type { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isLab, type NodeArgs } from "../../components/cluster/clusterArgs.ts";
import { declaredAddress } from "../../components/machine/machineArgs.ts";
import { describeEnd, endOf, lapsesSoon } from "../../scripts/machine/certificateExpiry.ts";
import { DockerMachineCli, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import { generationOf } from "../../scripts/machine/generations.ts";
import { askAddress } from "../../scripts/machine/machineAddress.ts";
import { readMachine } from "../../scripts/machine/machineInspect.ts";
import { readRecord } from "../../scripts/machine/machineRecord.ts";
import { AnotherAnswers, ownCertificate } from "../../scripts/machine/servedCertificate.ts";
import { machineFiles, storeLayout } from "../../scripts/machine/storeLayout.ts";
import type { StackMachines } from "./takenPorts.ts";

/** How long a machine's engine may take to show its certificate. */
const patience = 3000;

/** The machines that have to be provisioned again, each by its node. */
export interface Provisioning {
    /** Why: what was found now, or what an earlier run did it for, which stays the same so that it is
     * done once. */
    readonly reasons: Readonly<Record<string, string>>;
    /** What this run will do. */
    readonly notices: Readonly<Record<string, string>>;
    /** Machines that nobody knows the place of, while another one answers at theirs. */
    readonly problems: Readonly<Record<string, string>>;
}

/** What provisioning has to work with. */
export interface ProvisioningMeans {
    /** docker-machine, by its name or path. @default the first one found */
    readonly binary?: string | undefined;
    /** Whether the store's authority and this computer's certificate, which a machine is given again,
     * last for longer than those that lapse. */
    readonly storeLasts: boolean;
}

/**
 * Looks at the certificates of the machines that this stack made: where one lapses soon, or names
 * another address than the machine's, all are made anew by provisioning the machine again.
 *
 * An address changes when a driver gives a machine another one, as VirtualBox does after a restart.
 * docker-machine notes that only where it started the machine itself. So of a machine that is not
 * found where it was, docker-machine is asked, whose driver knows; of one that is found it is not,
 * for that takes seconds.
 */
export async function neededProvisioning(
    nodes: readonly Pick<NodeArgs, "name" | "machine" | "generation">[],
    machines: StackMachines,
    means: ProvisioningMeans,
): Promise<Provisioning> {
    const found = await Promise.all(nodes.map((node) => lookAt(node, machines, means)));
    const byNode = (pick: (look: Look) => string | undefined) =>
        Object.fromEntries(
            found.flatMap((look) => {
                const text = pick(look);
                return text === undefined ? [] : [[look.node, text]];
            }),
        );
    return {
        reasons: byNode(({ reason }) => reason),
        notices: byNode(({ notice }) => notice),
        problems: byNode(({ problem }) => problem),
    };
}

interface Look {
    readonly node: string;
    readonly reason?: string | undefined;
    readonly notice?: string;
    readonly problem?: string;
}

/** What calls for provisioning, in short and to be read. */
interface Finding {
    readonly reason: string;
    readonly what: string;
}

async function lookAt(
    { name: node, machine: stated, generation }: Pick<NodeArgs, "name" | "machine" | "generation">,
    { store, stack }: StackMachines,
    { binary, storeLasts }: ProvisioningMeans,
): Promise<Look> {
    const machine = `${stack}-${node}`;
    const record = await readRecord(store, machine);
    // One that is given up for its next generation needs no certificate any more.
    if (record?.state !== "made" || generationOf(record) !== generationOf({ generation })) {
        return { node };
    }
    let finding: Finding | undefined;
    try {
        const certificate = await ownCertificate(store, machine, patience);
        const { address } = await readMachine(store, machine);
        finding =
            misnamed(certificate, address) ??
            ending(await endsOf(store, machine, certificate, storeLasts)) ??
            change(address, record.place?.address);
    } catch (error) {
        const moves = !isLab(stated) && declaredAddress(stated) === undefined;
        finding = moves ? await lookElsewhere(store, machine, binary) : undefined;
        if (finding === undefined && error instanceof AnotherAnswers) {
            const start = `Start it ("docker-machine -s ${storeLayout(store).root} start ${machine}")`;
            const way = moves ? start : "Give each host its own address back";
            return { node, problem: displaced(node, machine, error.other, way) };
        }
    }
    if (finding === undefined || finding.reason === record.provisioned) {
        return { node, reason: record.provisioned };
    }
    const { reason, what } = finding;
    return { node, reason, notice: `${node}: ${what}; its machine is provisioned again.` };
}

/** A certificate that does not name the machine's address. */
function misnamed(certificate: X509Certificate, address: string): Finding | undefined {
    if (certificate.checkIP(address) !== undefined) {
        return undefined;
    }
    const named = certificate.subjectAltName ?? "none";
    const what = `its machine is at ${address}, but its certificate is for ${named}`;
    return { reason: `address ${address}`, what };
}

/** A certificate, and when it lapses. */
interface Ending {
    readonly whose: string;
    readonly end: Date;
}

/** When what a machine's engine and this computer show each other lapses: as much of it as provisioning
 * the machine would make last. */
async function endsOf(
    store: string,
    machine: string,
    shown: X509Certificate,
    storeLasts: boolean,
): Promise<Ending[]> {
    const own = { whose: "its machine's certificate", end: endOf(shown) };
    if (!storeLasts) {
        return [own];
    }
    const { ca, cert } = machineFiles(store, machine);
    const [authority, client] = await Promise.all([readFile(ca, "utf8"), readFile(cert, "utf8")]);
    return [
        own,
        { whose: "the authority of its machine's certificate", end: endOf(authority) },
        { whose: "this computer's certificate for its machine", end: endOf(client) },
    ];
}

/** The first of these that lapses, where it does soon. */
function ending(ends: readonly Ending[]): Finding | undefined {
    const { whose, end } = ends.reduce((first, one) => (one.end < first.end ? one : first));
    return lapsesSoon(end)
        ? { reason: `certificate until ${end.toISOString()}`, what: `${whose} ${describeEnd(end)}` }
        : undefined;
}

/** What a change of address calls for: a new certificate where there is none yet, and a node that is
 * told. Also somebody who provisioned the machine by hand has told nobody. */
function change(address: string, before = address): Finding | undefined {
    return address === before
        ? undefined
        : {
              reason: `address ${address}, no longer ${before}`,
              what: `its machine is at ${address} now, no longer at ${before}`,
          };
}

/** Asks docker-machine where a machine is that does not answer where it was; undefined where it
 * cannot tell, or names the same place. */
async function lookElsewhere(
    store: string,
    machine: string,
    binary: string | undefined,
): Promise<Finding | undefined> {
    try {
        const { address } = await readMachine(store, machine);
        const cli = new DockerMachineCli(await findBinary(binary), storeLayout(store).root);
        return change((await askAddress(cli, machine)) ?? address, address);
    } catch {
        return undefined;
    }
}

/** Whatever this run did to the node, it would do to the other one's machine. */
function displaced(node: string, machine: string, other: string, way: string): string {
    return (
        `${node}: where its machine "${machine}" was, the machine "${other}" answers now, and ` +
        `nobody can tell where it is instead. ${way}; or, if it is lost, have another one take its ` +
        "place: docs/replace.md."
    );
}
