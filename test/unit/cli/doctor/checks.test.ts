import { describe, expect, it } from "vitest";
import { portsOf } from "../../../../components/agent/ports.ts";
import { progriumPorts } from "../../../../components/agent/progriumContract.ts";
import { clusterChecks } from "../../../../cli/doctor/checks/allChecks.ts";
import { diagnose } from "../../../../cli/doctor/findings.ts";
import { clusterOf, sign } from "../../../support/doctorFacts.ts";
import { formingCases } from "./formingCases.ts";
import { listeningCases, sharedOf } from "./listeningCases.ts";
import { livingCases } from "./livingCases.ts";
import { machineCases } from "./machineCases.ts";
import { securedCases, securedOf } from "./securedCases.ts";

const cases = [
    ...machineCases,
    ...securedCases,
    ...listeningCases,
    ...formingCases,
    ...livingCases,
];

describe("doctor", () => {
    it("finds nothing wrong with a whole cluster", () => {
        const whole = clusterOf({ s1: {}, s2: {}, s3: {}, c1: {} });
        expect(diagnose(clusterChecks, whole)).toEqual([]);
        expect(diagnose(clusterChecks, { ...whole, isDeclared: false })).toEqual([]);
    });

    it("finds nothing wrong with a whole cluster that is secured", () => {
        expect(diagnose(clusterChecks, securedOf({ s1: {}, s2: {}, s3: {}, c1: {} }))).toEqual([]);
    });

    it("finds nothing wrong with nodes that share a machine, one of them reached there for all", () => {
        const shared = sharedOf([8501, 8600]);
        expect(diagnose(clusterChecks, shared)).toEqual([]);
        const open = { ...shared, isSecured: false, security: undefined };
        expect(diagnose(clusterChecks, open)).toEqual([]);
    });

    it("makes nothing of one probe by udp that met an agent before its start", () => {
        const started = clusterOf({ s1: { signs: [sign("udp-lost", "s2")] }, s2: {}, s3: {} });
        expect(diagnose(clusterChecks, started)).toEqual([]);
    });

    it("takes nobody else's token that is refused for the agent's own", () => {
        const lines = [
            'agent.client: RPC failed to server: method=KVS.Get error="rpc error: ACL not found"',
            'agent.http: Request error: method=GET url=/v1/kv/x error="ACL not found"',
        ];
        const signs = lines.map((line) => ({ ...sign("token-refused"), line }));
        expect(diagnose(clusterChecks, clusterOf({ s1: {}, c1: { signs } }))).toEqual([]);
    });

    it("finds nothing wrong with the ports of progrium's image, DNS on port 53 inside", () => {
        const published = portsOf("server", progriumPorts).map(
            ({ port, internal = port, protocol }) => {
                return { port: internal, protocol, ip: "10.0.0.1", hostPort: port };
            },
        );
        expect(diagnose(clusterChecks, clusterOf({ s1: { container: { published } } }))).toEqual(
            [],
        );
    });

    it.each(cases)("tells $what, and only that", ({ facts, found }) => {
        const told = diagnose(clusterChecks, facts);
        expect(told.map(({ check, nodes }) => [check, ...nodes].join(" "))).toEqual(
            found.map(({ is }) => is),
        );
        for (const [index, { seen, fix }] of found.entries()) {
            expect(told[index]?.seen).toContain(seen);
            expect(told[index]?.fix).toContain(fix);
            expect(told[index]?.why).not.toBe("");
        }
    });

    it("has a case in the tables for every check but those of certificates", () => {
        const told = new Set(cases.flatMap(({ found }) => found.map(({ is }) => is.split(" ")[0])));
        const elsewhere = /^((agent-)?certificate-|machine-moved)/;
        const untold = clusterChecks
            .map(({ id }) => id)
            .filter((id) => !told.has(id) && !elsewhere.test(id));
        expect(untold).toEqual([]);
    });

    it("names each check once, and in what explains it only such as there are", () => {
        const ids = clusterChecks.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const named = clusterChecks.flatMap(({ explainedBy = [] }) => explainedBy);
        expect(named.filter((id) => !ids.includes(id))).toEqual([]);
    });
});
