import { X509Certificate } from "node:crypto";
import { describeEnd, endOf, renewBefore } from "../../../scripts/machine/certificates.ts";
import { isIssuedBy } from "../../../scripts/security/certificate.ts";
import type { ClusterFacts, ServedFacts } from "../facts.ts";
import type { Check, Finding } from "../findings.ts";
import { apiPortOf } from "../publishedPorts.ts";
import { listed, perCluster, perNode } from "./views.ts";

const noticeDays = renewBefore / (24 * 60 * 60 * 1000);

/** What gives an agent another certificate. */
const renewal =
    "`pulumi up` gives it another one while it runs, where its machine answers; counting `rotate.leaf` up does so " +
    "for all.";

/** What is wrong with how a secured cluster's agents are reached. */
export const transportChecks: readonly Check[] = [
    {
        id: "access-missing",
        asks: "security",
        holds: "the rights to ask the cluster are on this computer",
        find: perCluster(({ accessFailure }) =>
            accessFailure === undefined
                ? undefined
                : {
                      seen: `is secured, and was not asked (${accessFailure})`,
                      why: "Its agents answer no one without a token, and their certificates are of its own CA.",
                      fix:
                          "`pulumi up` writes them again from the stack's state. Without it: " +
                          "`CONSUL_HTTP_TOKEN=... CONSUL_CACERT=ca.pem npm run doctor`.",
                  },
        ),
    },
    {
        id: "plain-http",
        asks: "security",
        holds: "no agent is asked from outside without TLS",
        find: perNode(({ plainAddress, agent }) =>
            plainAddress === undefined
                ? undefined
                : {
                      seen: `answers without TLS at ${plainAddress}`,
                      why:
                          "Whoever sees what passes reads it, tokens too; the stack publishes its API at " +
                          `${apiPortOf({ agent }, true)} alone.`,
                      fix:
                          "Its container is not as the stack made it, or another program has that port: remove " +
                          "it, and run `npm start`, or `pulumi up --refresh` in a stack of your own.",
                  },
        ),
    },
    {
        id: "agent-certificate-expired",
        asks: "security",
        holds: "no agent's certificate has expired",
        find: perServed((certificate, _, { now }) =>
            endOf(certificate) > now
                ? undefined
                : {
                      seen: `its certificate ${endsOn(certificate, now)}`,
                      why: "Nothing that verifies certificates talks to it any more, other agents neither.",
                      fix: renewal,
                  },
        ),
    },
    {
        id: "agent-certificate-authority",
        asks: "security",
        holds: "every agent's certificate is of the cluster's CA",
        explainedBy: ["agent-certificate-expired"],
        find: perServed(authorityProblem),
    },
    {
        id: "agent-certificate-name",
        asks: "security",
        holds: "every agent's certificate has its node's name and address",
        explainedBy: ["agent-certificate-authority"],
        find: perServed((certificate, { name, address }) => {
            const lacks = [
                ...(name === undefined || certificate.checkHost(name) !== undefined ? [] : [name]),
                ...(certificate.checkIP(address) === undefined ? [address] : []),
            ];
            return lacks.length === 0
                ? undefined
                : {
                      seen: `its certificate is not for ${listed(lacks)}, but for ${namesOf(certificate)}`,
                      why:
                          "Another agent answers there, or it has moved: who verifies it takes it for " +
                          "a stranger.",
                      fix: renewal,
                  };
        }),
    },
    {
        id: "agent-certificate-expiring",
        asks: "security",
        holds: `no agent's certificate expires within ${noticeDays} days`,
        explainedBy: ["agent-certificate-expired", "agent-certificate-authority"],
        find: perServed((certificate, _, { now }) => {
            const left = endOf(certificate).getTime() - now.getTime();
            return left > renewBefore || left <= 0
                ? undefined
                : {
                      seen: `its certificate ${endsOn(certificate, now)}`,
                      why: "From then on neither this computer nor the other agents talk to it.",
                      fix: renewal,
                  };
        }),
    },
];

function authorityProblem(
    certificate: X509Certificate,
    _: ServedFacts,
    { security }: ClusterFacts,
): Finding | undefined {
    const trusted = (security?.trusted ?? []).map((pem) => new X509Certificate(pem));
    const [today, ...before] = trusted;
    if (today === undefined || isIssuedBy(certificate, today)) {
        return undefined;
    }
    return before.some((ca) => isIssuedBy(certificate, ca))
        ? {
              seen: "its certificate is of the CA before today's",
              why: "It was away while the CA changed, or the change has not ended; both are still trusted.",
              fix: "`pulumi up` ends it, once its machine answers.",
          }
        : {
              seen: "shows a certificate that no CA of the cluster has signed",
              why: "It is not proven to be this cluster's agent: nothing is sent to it, and no token.",
              fix:
                  "See what answers there. If it is its agent, `pulumi up` gives it a certificate; if the " +
                  "CA was changed elsewhere, `pulumi up` on this computer learns of it.",
          };
}

/** Finds one thing about the certificate that an agent shows. */
function perServed(
    problemOf: (
        certificate: X509Certificate,
        served: ServedFacts,
        facts: ClusterFacts,
    ) => Finding | undefined,
): Check["find"] {
    return perNode(({ served }, facts) =>
        served === undefined
            ? undefined
            : problemOf(new X509Certificate(served.certificate), served, facts),
    );
}

function endsOn(certificate: X509Certificate, now: Date): string {
    return describeEnd(endOf(certificate), now);
}

function namesOf({ subjectAltName = "nothing" }: X509Certificate): string {
    return subjectAltName.replaceAll(/DNS:|IP Address:/g, "");
}
