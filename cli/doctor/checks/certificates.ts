import { X509Certificate } from "node:crypto";
import { endOf, renewBefore } from "../../../scripts/machine/certificateExpiry.ts";
import type { CertificateFacts, ClusterFacts, MachineFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";

const day = 24 * 60 * 60 * 1000;
const noticeDays = renewBefore / day;

/** What makes certificates anew before they lapse, and after. */
const renewal =
    "`pulumi up` makes it anew, where it is the store's those of all machines too; and provisions " +
    "one machine after another with it.";

/** Finds one thing about the certificates between this computer and a machine. */
type Look = (machine: LookedAt, now: Date) => Omit<Finding, "nodes"> | undefined;

interface LookedAt extends MachineFacts {
    readonly certificates: CertificateFacts;
}

/** The engine's certificate is for another address than the one at which it is asked. */
export const machineMoved: Check = {
    id: "machine-moved",
    asks: "machine",
    holds: "every engine's certificate is for the address at which it is asked",
    explainedBy: [],
    look: perMachine(({ host, certificates }) => {
        const server = new X509Certificate(certificates.server);
        if (host === undefined || server.checkIP(host) !== undefined) {
            return undefined;
        }
        return {
            seen: `its engine shows a certificate for ${namesOf(server)}, and is asked at ${host}`,
            why:
                "The machine had another address when its certificate was made: nothing that checks " +
                "certificates talks to it.",
            fix:
                "`pulumi up` has the machine provisioned again. A fixed address keeps it from " +
                "happening another time.",
        };
    }),
};

/** A certificate has lapsed. */
export const certificateLapsed: Check = {
    id: "certificate-lapsed",
    asks: "machine",
    holds: "no certificate of a machine has lapsed",
    explainedBy: [],
    look: perMachine((machine, now) => {
        const { which, end } = firstToEnd(machine.certificates);
        return end > now
            ? undefined
            : {
                  seen: `the certificate of ${which} has lapsed on ${dateOf(end)}`,
                  why: "docker-machine's certificates are good for 1080 days; nothing talks to the engine now.",
                  fix: renewal,
              };
    }),
};

/** A certificate is about to lapse. */
export const certificateLapsing: Check = {
    id: "certificate-lapsing",
    asks: "machine",
    holds: `no certificate of a machine lapses within ${noticeDays} days`,
    explainedBy: ["certificate-lapsed", "machine-moved", "certificate-authority"],
    look: perMachine((machine, now) => {
        const { which, end } = firstToEnd(machine.certificates);
        const left = Math.floor((end.getTime() - now.getTime()) / day);
        return left >= noticeDays || left < 0
            ? undefined
            : {
                  seen: `the certificate of ${which} lapses on ${dateOf(end)}, in ${left} days`,
                  why: "From then on nothing talks to the engine, and the machine cannot be changed.",
                  fix: renewal,
              };
    }),
};

/** Engine and store know different authorities. */
export const certificateAuthority: Check = {
    id: "certificate-authority",
    asks: "machine",
    holds: "every engine's certificate is of its store's authority",
    explainedBy: ["certificate-lapsed", "machine-moved"],
    look: perMachine(({ name, store, certificates, silence }) => {
        const authority = new X509Certificate(certificates.authority);
        const isOurs = new X509Certificate(certificates.server).verify(authority.publicKey);
        if (isOurs && silence?.at !== "tls") {
            return undefined;
        }
        return {
            seen: isOurs
                ? `its engine refuses the certificate of this computer (${silence?.text ?? ""})`
                : `its engine shows a certificate that the store's authority did not sign`,
            why:
                "Machines and store have certificates of different authorities, as when several " +
                "machines were the first of a store at once, or its certificates were made anew.",
            fix:
                `\`docker-machine --storage-path ${store} regenerate-certs -f ${name}\`, then ` +
                "`pulumi up`.",
        };
    }),
};

function perMachine(look: Look): (facts: ClusterFacts) => Finding[] {
    return ({ nodes, now }) =>
        nodes.flatMap(({ name, machine }) => {
            if (machine?.certificates === undefined) {
                return [];
            }
            const found = look({ ...machine, certificates: machine.certificates }, now);
            return found === undefined ? [] : [{ nodes: [name], ...found }];
        });
}

/** Whose certificate it is, in the words of the findings. */
type Which = "its engine" | "the store's authority" | "this computer";

/** The certificate that ends first, and when. */
function firstToEnd({ server, authority, client }: CertificateFacts): {
    readonly which: Which;
    readonly end: Date;
} {
    const ends = [
        { which: "the store's authority" as const, end: endOf(authority) },
        { which: "this computer" as const, end: endOf(client) },
        { which: "its engine" as const, end: endOf(server) },
    ];
    return ends.reduce((first, one) => (one.end < first.end ? one : first));
}

function namesOf({ subjectAltName }: X509Certificate): string {
    return (subjectAltName ?? "no address").replaceAll(/(IP Address|DNS):/g, "");
}

function dateOf(date: Date): string {
    return date.toISOString().slice(0, 10);
}
