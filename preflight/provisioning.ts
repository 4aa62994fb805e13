import type { X509Certificate } from "node:crypto";
import { isLab, type NodeArgs } from "../components/clusterArgs.ts";
import { declaredAddress } from "../components/machineArgs.ts";
import { DockerMachineCli, findBinary } from "../scripts/dockerMachineCli.ts";
import { generationOf } from "../scripts/generations.ts";
import { askAddress } from "../scripts/machineAddress.ts";
import { readMachine } from "../scripts/machineInspect.ts";
import { readRecord } from "../scripts/machineRecord.ts";
import { AnotherAnswers, ownCertificate } from "../scripts/shownCertificate.ts";
import { storeLayout } from "../scripts/storeLayout.ts";
import type { StackMachines } from "./takenPorts.ts";

/** How long a machine's engine may take to show its certificate. */
const patience = 3000;

/** How long before its certificate lapses a machine gets another: 30 days. */
const renewBefore = 30 * 24 * 60 * 60 * 1000;

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

/**
 * Looks at the certificates of the machines that this stack made: one that lapses soon, or that names
 * another address than the machine's, is made anew by provisioning the machine again.
 *
 * An address changes when a driver gives a machine another one, as VirtualBox does after a restart.
 * docker-machine notes that only where it started the machine itself. So of a machine that is not
 * found where it was, docker-machine is asked, whose driver knows; of one that is found it is not,
 * for that takes seconds.
 *
 * @param binary docker-machine, by its name or path. @default the first one found
 */
export async function neededProvisioning(
    nodes: readonly Pick<NodeArgs, "name" | "machine" | "generation">[],
    machines: StackMachines,
    binary?: string,
): Promise<Provisioning> {
    const found = await Promise.all(nodes.map((node) => lookAt(node, machines, binary)));
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
    binary: string | undefined,
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
        finding = inspect(certificate, address) ?? change(address, record.place?.address);
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

/** What is wrong with a machine's certificate; undefined for a good one. */
function inspect(certificate: X509Certificate, address: string): Finding | undefined {
    if (certificate.checkIP(address) === undefined) {
        const named = certificate.subjectAltName ?? "none";
        const what = `its machine is at ${address}, but its certificate is for ${named}`;
        return { reason: `address ${address}`, what };
    }
    const ends = new Date(certificate.validTo);
    if (ends.getTime() - Date.now() > renewBefore) {
        return undefined;
    }
    const until = ends.toISOString();
    const what = `its machine's certificate lapses on ${until.slice(0, 10)}`;
    return { reason: `certificate until ${until}`, what };
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
