import { X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callEnvironment, findBinary } from "../../scripts/machine/dockerMachineCli.ts";
import type { Diagnosis } from "../../cli/doctor/findings.ts";
import { get, put, untilWhole } from "./support/cluster.ts";
import { expectFound } from "./support/examine.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import {
    giveComputer,
    giveEngine,
    makeAuthority,
    readAuthority,
    storeOf,
    writeAuthority,
} from "./support/machineCertificates.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-certificates";
const store = storeOf(name);
const three = ["server-1", "server-2", "server-3"];

describe.skipIf(missing !== undefined)("doctor, asked about machines' certificates", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;

    /** Looks until doctor says these things of the stack. */
    const expectSaid = (...expected: string[]) =>
        expectFound({ nodes: outputs.nodes, store, access: outputs.access }, ...expected);

    /** Sees that `up` puts it right as doctor says, and that it is done then. */
    async function expectMended(found: readonly Diagnosis[]): Promise<string> {
        expect(found.map(({ fix }) => fix.slice(0, 24))).toEqual(
            found.map(() => "`pulumi up` renews it, w"),
        );
        const said = await stack.up();
        await untilWhole(outputs);
        await expectSaid();
        await stack.up("--expect-no-changes");
        return said;
    }

    beforeAll(async () => {
        await stack.init();
        stack.configure({ servers: 3 });
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
        expect(await put(outputs.httpAddress, "kept", "safe")).toBe(true);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("finds nothing wrong with them as they were made", async () => {
        await expectSaid();
    });

    it("tells one of an engine that expires soon", async () => {
        await giveEngine(name, "server-2", await readAuthority(name), 10);
        const found = await expectSaid("certificate-expiring server-2");
        expect(found[0]?.seen).toMatch(
            /^the certificate of its engine expires on \S+, in \d days$/,
        );
        const said = await expectMended(found);
        expect(said).toContain("server-2: its machine's certificate expires on");
        expect(said).not.toContain("renewing the certificate authority of the machines");
    });

    it("tells one of an engine that has expired", async () => {
        await giveEngine(name, "server-3", await readAuthority(name), -1);
        const found = await expectSaid("certificate-expired server-3");
        expect(found[0]?.seen).toMatch(/^the certificate of its engine has expired on /);
        expect(await expectMended(found)).toContain(
            "server-3: its machine's certificate has expired",
        );
    });

    it("tells a CA that has expired on one machine", async () => {
        const expired = await makeAuthority(-1);
        await giveEngine(name, "server-1", expired);
        await giveComputer(name, "server-1", expired);
        const found = await expectSaid("certificate-expired server-1");
        expect(found[0]?.seen).toMatch(/^the certificate of the store's CA has expired on /);
        expect(await expectMended(found)).toContain(
            "server-1: the CA of its machine's certificate has expired",
        );
    });

    it("tells an engine of another authority, and its fix puts it right", async () => {
        await giveEngine(name, "server-2", await makeAuthority(1000));
        const [found] = await expectSaid("certificate-authority server-2");
        expect(found?.seen).toContain("a certificate that the store's CA did not sign");
        const [, words = ""] = /`docker-machine (.+?)`/.exec(found?.fix ?? "") ?? [];
        expect(words).toContain(`regenerate-certs -f ${name}-server-2`);
        await promisify(execFile)(await findBinary(undefined), words.split(" "), {
            env: callEnvironment(process.env),
        });
        await untilWhole(outputs);
        await expectSaid();
        await stack.up("--refresh", "--expect-no-changes");
    });

    it("tells a CA that expires soon of all machines, and one `up` renews everything", async () => {
        const expiring = await makeAuthority(10);
        await writeAuthority(name, expiring);
        for (const node of three) {
            await giveEngine(name, node, expiring);
            await giveComputer(name, node, expiring);
            await untilWhole(outputs);
        }
        const found = await expectSaid(...three.map((node) => `certificate-expiring ${node}`));
        expect(found[0]?.seen).toMatch(/^the certificate of the store's CA expires on /);
        const said = await expectMended(found);
        expect(said).toContain(`${store}: its certificate authority expires on`);
        const { ca } = await readAuthority(name);
        expect(daysOf(ca)).toBeGreaterThan(1000);
        expect(await get(outputs.nodes["server-2"]?.httpAddress ?? "", "kept")).toBe("safe");
        await stack.up("--refresh", "--expect-no-changes");
    });
});

/** For how many days a certificate is good. */
function daysOf(certificate: string): number {
    const end = new Date(new X509Certificate(certificate).validTo);
    return (end.getTime() - Date.now()) / (24 * 60 * 60 * 1000);
}
