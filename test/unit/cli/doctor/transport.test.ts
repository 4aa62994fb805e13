import { generate } from "selfsigned";
import { describe, expect, it } from "vitest";
import { clusterChecks } from "../../../../cli/doctor/checks/allChecks.ts";
import type { ServedFacts } from "../../../../cli/doctor/facts.ts";
import { diagnose } from "../../../../cli/doctor/findings.ts";
import { makeCertificates, type Certificates } from "../../../support/certificates.ts";
import { securedOf } from "./securedCases.ts";

const day = 24 * 60 * 60 * 1000;
const now = new Date("2026-01-01T00:00:00Z");
const name = "s1.node.dc1.consul";

/** What an agent shows. */
async function served(
    { ca, caKey }: Certificates,
    { names = [name], ip = "10.0.0.1", ends = new Date("2027-01-01") } = {},
): Promise<ServedFacts> {
    const { cert } = await generate([{ name: "commonName", value: "s1" }], {
        keyType: "ec",
        algorithm: "sha256",
        notBeforeDate: new Date("2020-01-01"),
        notAfterDate: ends,
        ca: { key: caKey, cert: ca },
        extensions: [
            {
                name: "subjectAltName",
                altNames: [
                    ...names.map((value) => ({ type: 2 as const, value })),
                    { type: 7 as const, ip },
                ],
            },
        ],
    });
    return { certificate: cert, name, address: "10.0.0.1" };
}

/** What doctor says of an agent that shows this, where these CAs are trusted: today's first. */
function examine(shown: ServedFacts, trusted: readonly string[], over: object = {}) {
    const facts = securedOf({ s1: over }, { trusted });
    const nodes = facts.nodes.map((node) => ({ ...node, served: shown }));
    return diagnose(clusterChecks, { ...facts, nodes, now }).map(
        ({ check, seen, fix }) => [check, seen, fix] as const,
    );
}

describe("the certificate that a secured agent shows", () => {
    it("is right with its node's name and address, of today's CA", async () => {
        const authority = await makeCertificates();
        expect(examine(await served(authority), [authority.ca])).toEqual([]);
    });

    it("need not have a name where it is not known which node answers", async () => {
        const authority = await makeCertificates();
        const shown = { ...(await served(authority, { names: [] })), name: undefined };
        expect(examine(shown, [authority.ca])).toEqual([]);
    });

    it("is told where it is of the CA before, and where it is of none", async () => {
        const [today, before] = [await makeCertificates(), await makeCertificates()];
        const shown = await served(before);
        expect(examine(shown, [today.ca, before.ca])).toEqual([
            [
                "agent-certificate-authority",
                "its certificate is of the CA before today's",
                expect.stringContaining("`pulumi up` ends it"),
            ],
        ]);
        const unreachable = { agent: { unreachable: "not proven", self: undefined, members: [] } };
        expect(examine(shown, [today.ca], unreachable)).toEqual([
            [
                "agent-certificate-authority",
                "shows a certificate that no CA of the cluster has signed",
                expect.stringContaining("See what answers there"),
            ],
        ]);
    });

    it("is told where it is for another node, and for another address", async () => {
        const authority = await makeCertificates();
        const other = await served(authority, { names: ["s2.node.dc1.consul"], ip: "10.0.0.9" });
        expect(examine(other, [authority.ca])).toEqual([
            [
                "agent-certificate-name",
                "its certificate is not for s1.node.dc1.consul and 10.0.0.1, but for " +
                    "s2.node.dc1.consul, 10.0.0.9",
                expect.stringContaining("`pulumi up`"),
            ],
        ]);
    });

    it("is told for thirty days before its end, and after it", async () => {
        const authority = await makeCertificates();
        const found = async (days: number) => {
            const ends = new Date(now.getTime() + days * day);
            return examine(await served(authority, { ends }), [authority.ca]);
        };
        expect(await found(31)).toEqual([]);
        expect(await found(29)).toEqual([
            [
                "agent-certificate-expiring",
                "its certificate expires on 2026-01-30",
                expect.stringContaining("`rotate.leaf`"),
            ],
        ]);
        expect(await found(-1)).toEqual([
            [
                "agent-certificate-expired",
                "its certificate has expired on 2025-12-31",
                expect.stringContaining("`pulumi up`"),
            ],
        ]);
    });
});
