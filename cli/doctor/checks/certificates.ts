import { X509Certificate } from "node:crypto";
import { endOf, renewBefore } from "../../../scripts/machine/certificates.ts";
import type { CertificateFacts, MachineFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { perNode } from "./views.ts";

const day = 24 * 60 * 60 * 1000;
const noticeDays = renewBefore / day;

/** What renews certificates before they expire, and after. */
const renewal =
    "`pulumi up` renews it, where it is the store's those of all machines too; and provisions " +
    "one machine after another with it.";

/** What is wrong with the certificates between this computer and the engines. */
export const certificateChecks: readonly Check[] = [
    {
        id: "machine-moved",
        asks: "machine",
        holds: "every engine's certificate is for the address at which it is asked",
        find: perCertificates(({ server }, { host }) => {
            const served = new X509Certificate(server);
            return host === undefined || served.checkIP(host) !== undefined
                ? undefined
                : {
                      seen: `its engine shows a certificate for ${namesOf(served)}, and is asked at ${host}`,
                      why:
                          "The machine had another address when its certificate was made: no client that " +
                          "checks certificates talks to it.",
                      fix:
                          "`pulumi up` has the machine provisioned again. A fixed address keeps it from " +
                          "happening another time.",
                  };
        }),
    },
    {
        id: "certificate-expired",
        asks: "machine",
        holds: "no certificate of a machine has expired",
        find: perCertificates((certificates, _, now) => {
            const { which, end } = firstToEnd(certificates);
            return end > now
                ? undefined
                : {
                      seen: `the certificate of ${which} has expired on ${dateOf(end)}`,
                      why: "docker-machine's certificates are good for 1080 days; no client can talk to the engine now.",
                      fix: renewal,
                  };
        }),
    },
    {
        id: "certificate-authority",
        asks: "machine",
        holds: "every engine's certificate is of its store's CA",
        explainedBy: ["certificate-expired", "machine-moved"],
        find: perCertificates(({ server, ca }, { name, store, failure }) => {
            const isOurs = new X509Certificate(server).verify(new X509Certificate(ca).publicKey);
            return isOurs && failure?.at !== "tls"
                ? undefined
                : {
                      seen: isOurs
                          ? `its engine refuses the certificate of this computer (${failure?.text ?? ""})`
                          : `its engine shows a certificate that the store's CA did not sign`,
                      why:
                          "Machines and store have certificates of different CAs, as when several " +
                          "machines were the first of a store at once, or its certificates were renewed.",
                      fix:
                          `\`docker-machine --storage-path ${store} regenerate-certs -f ${name}\`, then ` +
                          "`pulumi up`.",
                  };
        }),
    },
    {
        id: "certificate-expiring",
        asks: "machine",
        holds: `no certificate of a machine expires within ${noticeDays} days`,
        explainedBy: ["certificate-expired", "machine-moved", "certificate-authority"],
        find: perCertificates((certificates, _, now) => {
            const { which, end } = firstToEnd(certificates);
            const left = Math.floor((end.getTime() - now.getTime()) / day);
            return left >= noticeDays || left < 0
                ? undefined
                : {
                      seen: `the certificate of ${which} expires on ${dateOf(end)}, in ${left} days`,
                      why: "From then on no client can talk to the engine, and the machine cannot be changed.",
                      fix: renewal,
                  };
        }),
    },
];

/** Finds one thing about the certificates between this computer and a machine. */
function perCertificates(
    problemOf: (
        certificates: CertificateFacts,
        machine: MachineFacts,
        now: Date,
    ) => Finding | undefined,
): Check["find"] {
    return perNode(({ machine }, { now }) =>
        machine?.certificates === undefined
            ? undefined
            : problemOf(machine.certificates, machine, now),
    );
}

/** The certificate that ends first, and whose it is, in the words of the findings. */
function firstToEnd({ server, ca, client }: CertificateFacts) {
    const ends = [
        { which: "the store's CA", end: endOf(ca) },
        { which: "this computer", end: endOf(client) },
        { which: "its engine", end: endOf(server) },
    ];
    return ends.reduce((first, one) => (one.end < first.end ? one : first));
}

function namesOf({ subjectAltName }: X509Certificate): string {
    return (subjectAltName ?? "no address").replaceAll(/(IP Address|DNS):/g, "");
}

function dateOf(date: Date): string {
    return date.toISOString().slice(0, 10);
}
