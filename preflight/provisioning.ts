import { readFile } from "node:fs/promises";
import { checkServerIdentity, connect } from "node:tls";
import { readMachine } from "../scripts/machineInspect.ts";
import { readRecord } from "../scripts/machineRecord.ts";
import { machineFiles } from "../scripts/storeLayout.ts";
import type { StackMachines } from "./takenPorts.ts";

/** How long a machine's engine may take to show its certificate. */
const patience = 3000;

/** How long before its certificate lapses a machine gets another: 30 days. */
const renewBefore = 30 * 24 * 60 * 60 * 1000;

/** The machines that have to be provisioned again. */
export interface Provisioning {
    /** Why, by node: what was found now, or what an earlier run did it for, which stays the same so
     * that it is done once. */
    readonly reasons: Readonly<Record<string, string>>;
    /** What this run will do, by node. */
    readonly notices: Readonly<Record<string, string>>;
}

/**
 * Looks at the certificates of the machines that this stack made: one that lapses soon, or that names
 * another address than the machine's, is made anew by provisioning the machine again. An address
 * changes when a driver gives a machine another one, as VirtualBox does after a restart.
 */
export async function neededProvisioning(
    nodes: readonly { readonly name: string }[],
    machines: StackMachines,
): Promise<Provisioning> {
    const found = await Promise.all(nodes.map(({ name }) => lookAt(name, machines)));
    return {
        reasons: Object.fromEntries(
            found.flatMap(({ node, reason }) => (reason === undefined ? [] : [[node, reason]])),
        ),
        notices: Object.fromEntries(
            found.flatMap(({ node, notice }) => (notice === undefined ? [] : [[node, notice]])),
        ),
    };
}

interface Look {
    readonly node: string;
    readonly reason?: string | undefined;
    readonly notice?: string;
}

async function lookAt(node: string, { store, stack }: StackMachines): Promise<Look> {
    const machine = `${stack}-${node}`;
    const record = await readRecord(store, machine);
    if (record?.state !== "made") {
        return { node };
    }
    const problem = await certificateProblem(store, machine).catch(() => undefined);
    if (problem === undefined || problem.reason === record.provisioned) {
        return { node, reason: record.provisioned };
    }
    const { reason, what } = problem;
    return { node, reason, notice: `${node}: ${what}; its machine is provisioned again.` };
}

/**
 * What is wrong with the certificate that a machine's engine shows; undefined for a good one, and for
 * one of another authority, which no provisioning by this store is known to cure.
 */
async function certificateProblem(
    store: string,
    machine: string,
): Promise<{ readonly reason: string; readonly what: string } | undefined> {
    const { endpoint, address } = await readMachine(store, machine);
    const files = machineFiles(store, machine);
    const [ca, cert, key] = await Promise.all(
        [files.ca, files.cert, files.key].map((file) => readFile(file, "utf8")),
    );
    const port = Number(new URL(endpoint).port);
    const shown = await new Promise<ReturnType<typeof inspect>>((done, failed) => {
        const options = { host: address, port, ca, cert, key, rejectUnauthorized: false };
        const socket = connect({ ...options, timeout: patience }, () => {
            done(inspect(socket.getPeerCertificate(), address));
            socket.destroy();
        });
        socket.once("timeout", () => socket.destroy(new Error("no answer")));
        socket.once("error", failed);
    });
    return shown;
}

function inspect(certificate: Parameters<typeof checkServerIdentity>[1], address: string) {
    if (checkServerIdentity(address, certificate) !== undefined) {
        const named = certificate.subjectaltname ?? "none";
        const what = `its machine is at ${address}, but its certificate is for ${named}`;
        return { reason: `address ${address}`, what };
    }
    const ends = new Date(certificate.valid_to);
    if (ends.getTime() - Date.now() > renewBefore) {
        return undefined;
    }
    const until = ends.toISOString();
    const what = `its machine's certificate lapses on ${until.slice(0, 10)}`;
    return { reason: `certificate until ${until}`, what };
}
