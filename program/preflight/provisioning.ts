import type { X509Certificate } from "node:crypto";
import { isLab } from "../../components/cluster/clusterArgs.ts";
import { declaredAddress } from "../../components/machine/machineArgs.ts";
import {
    AnotherAnswers,
    describeEnd,
    endOf,
    expiresSoon,
    isFor,
} from "../../scripts/machine/certificates.ts";
import type { Machine } from "../../scripts/machine/machine.ts";
import { generationOf } from "../../scripts/machine/machineRecord.ts";
import type { DeclaredMachine, StackMachines } from "./stackMachines.ts";

/** What the check of a machine's certificates found; nothing where they are in order. */
export interface CertificateCheck {
    /** Why the machine is provisioned again: what was found now, or else the reason of the last provisioning, which
     * stays the same so that each is done once. */
    readonly reason?: string | undefined;
    /** What this run will do. */
    readonly notice?: string;
    /** Why the settings are refused: another machine answers at its address, and its own is unknown. */
    readonly problem?: string;
}

/** What calls for provisioning. */
interface Finding {
    /** In short, for the record of what was done. */
    readonly reason: string;
    /** In words, for the operator. */
    readonly what: string;
}

/**
 * Checks the certificates of a machine that this stack made: where one expires soon, or is for another address than
 * the machine's, all are replaced by provisioning the machine again.
 *
 * An address changes when a driver gives a machine another one, as VirtualBox does after a restart. docker-machine
 * notes that only where it started the machine itself. So where a machine is not found at its address,
 * docker-machine is asked, whose driver knows; it is not asked of the others, for that takes seconds.
 *
 * @param storeLasts whether the store's CA and this computer's certificate, which a machine is given again, last
 *     for longer than those that expire.
 */
export async function checkCertificates(
    { name: node, machine: declared, generation }: Omit<DeclaredMachine, "role">,
    machines: StackMachines,
    storeLasts: boolean,
): Promise<CertificateCheck> {
    const machine = machines.machine(node);
    const record = await machine.record();
    // One that its next generation replaces needs no certificate any more.
    if (record?.state !== "made" || generationOf(record) !== generationOf({ generation })) {
        return {};
    }
    let finding: Finding | undefined;
    try {
        const certificate = await machine.certificate();
        const { address } = await machine.inspect();
        finding =
            otherAddress(certificate, address) ??
            firstExpiry(await expiries(machine, certificate, storeLasts)) ??
            addressChange(address, record.place?.address);
    } catch (error) {
        const moves = !isLab(declared) && declaredAddress(declared) === undefined;
        finding = moves ? await newAddress(machine, machines) : undefined;
        if (finding === undefined && error instanceof AnotherAnswers) {
            const { root } = machine.layout;
            const start = `Start it ("docker-machine -s ${root} start ${machine.name}")`;
            const way = moves ? start : "Give each host its own address back";
            return { problem: displaced(node, machine.name, error.other, way) };
        }
    }
    if (finding === undefined || finding.reason === record.provisioned) {
        return { reason: record.provisioned };
    }
    const { reason, what } = finding;
    return { reason, notice: `${node}: ${what}; its machine is provisioned again.` };
}

/** A certificate that is for another address than the machine's. */
function otherAddress(certificate: X509Certificate, address: string): Finding | undefined {
    if (isFor(certificate, address)) {
        return undefined;
    }
    const named = certificate.subjectAltName ?? "none";
    const what = `its machine is at ${address}, but its certificate is for ${named}`;
    return { reason: `address ${address}`, what };
}

/** A certificate, and when it expires. */
interface Expiry {
    readonly whose: string;
    readonly end: Date;
}

/** When the certificates of a machine's engine and of this computer expire: those that provisioning the machine
 * would replace by ones that last. */
async function expiries(
    machine: Machine,
    served: X509Certificate,
    storeLasts: boolean,
): Promise<Expiry[]> {
    const own = { whose: "its machine's certificate", end: endOf(served) };
    if (!storeLasts) {
        return [own];
    }
    const { ca, cert } = await machine.tls();
    return [
        own,
        { whose: "the CA of its machine's certificate", end: endOf(ca) },
        { whose: "this computer's certificate for its machine", end: endOf(cert) },
    ];
}

/** The certificate that expires first, where it does soon. */
function firstExpiry(all: readonly Expiry[]): Finding | undefined {
    const { whose, end } = all.reduce((first, one) => (one.end < first.end ? one : first));
    return expiresSoon(end)
        ? { reason: `certificate until ${end.toISOString()}`, what: `${whose} ${describeEnd(end)}` }
        : undefined;
}

/** A change of address calls for a certificate for it, and for a node that advertises it; the latter also where the
 * operator has provisioned the machine by hand. */
function addressChange(address: string, before = address): Finding | undefined {
    return address === before
        ? undefined
        : {
              reason: `address ${address}, no longer ${before}`,
              what: `its machine is at ${address} now, no longer at ${before}`,
          };
}

/** Asks docker-machine for the address of a machine that does not answer at the known one; undefined where it
 * cannot tell, or names the same one. */
async function newAddress(machine: Machine, machines: StackMachines): Promise<Finding | undefined> {
    try {
        const { address } = await machine.inspect();
        const found = await (await machines.cli()).addressOf(machine.name);
        return addressChange(found ?? address, address);
    } catch {
        return undefined;
    }
}

/** Whatever this run did to the node, it would do to the other one's machine. */
function displaced(node: string, machine: string, other: string, way: string): string {
    return (
        `${node}: where its machine "${machine}" was, the machine "${other}" answers now, and its ` +
        `own address is unknown. ${way}; or, if it is lost, have another one take its place: ` +
        "docs/replace.md."
    );
}
