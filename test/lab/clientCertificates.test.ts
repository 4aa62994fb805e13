import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { agentAt } from "./support/access.ts";
import { untilWhole } from "./support/cluster.ts";
import { onMachine } from "./support/host.ts";
import { LabStack, type Outputs } from "./support/labStack.ts";
import { lostWrites, OutsideClient } from "./support/outsideClient.ts";
import { ask, tlsRefusal } from "./support/outsider.ts";
import { missing } from "./support/pieces.ts";

const name = "lab-callers";
const same = { security: "full", servers: 3, clients: 1 };
const demanding = { ...same, tls: { minVersion: "1.3", clientCertificates: true } };
const required = "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED";

describe.skipIf(missing !== undefined)("a secured stack that demands certificates", () => {
    const stack = new LabStack(name);
    let outputs: Outputs;
    const server = () => outputs.nodes["server-1"]?.address ?? "";
    const refusal = (options: object) => tlsRefusal({ host: server(), port: 8501, ...options });
    const there = (script: string) => onMachine(name, "server-1", "sh", "-c", script);
    const callers = () => {
        const { clientCertificate: cert = "", clientKey: key = "" } = outputs;
        return { cert, key };
    };

    beforeAll(async () => {
        await stack.init();
        stack.configure(same);
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
    });

    afterAll(async () => {
        await stack.end();
    });

    it("comes to that while it runs, and its scripts are let in at every step", async () => {
        expect(outputs.clientCertificate).toBeUndefined();
        const ids = async () => {
            const { Servers } = await agentAt(outputs.httpAddress).health();
            return Servers.map(({ ID }) => ID).sort();
        };
        const before = await ids();
        stack.configure(demanding);
        await stack.up();
        outputs = await stack.outputs();
        await untilWhole(outputs);
        expect(await ids()).toEqual(before);
        await stack.up("--expect-no-changes");
    });

    it("lets in who has a certificate and a token, over TLS 1.3, and nobody else", async () => {
        const { caCertificate: ca = "", managementToken: token, httpAddress } = outputs;
        const { cert, key } = callers();
        expect(await refusal({})).toBe(required);
        expect(await refusal({ cert, key, maxVersion: "TLSv1.2" })).toBe(
            "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION",
        );
        expect(await refusal({ cert, key })).toBeUndefined();
        const client = { certificate: cert, key };
        const self = `${httpAddress}/v1/agent/self`;
        expect((await ask(self, { ca, client })).status).toBe(403);
        expect((await ask(self, { ca, client, token })).status).toBe(200);
        expect((await ask(outputs.uiUrl, { ca, client })).status).toBe(200);
        await expect(ask(outputs.uiUrl, { ca })).rejects.toThrow("certificate required");
    });

    it("asks itself in its container as before", async () => {
        const members = await there("docker exec consul consul members");
        expect(members).toContain("client-1");
        const health = "docker inspect --format={{.State.Health.Status}} consul";
        // The engine asks for the first time some seconds after the start.
        await expect
            .poll(async () => (await there(health)).trim(), { timeout: 30_000 })
            .toBe("healthy");
    });

    it("serves callers with a certificate while its CA is replaced, and refuses those of before", async () => {
        const before = callers();
        const servers = Object.values(outputs.nodes)
            .filter(({ role }) => role === "server")
            .map(({ httpAddress }) => httpAddress);
        stack.configure({ ...demanding, rotate: { ca: 2 } });
        await stack.up();
        outputs = await stack.outputs();
        expect(await refusal(before)).toMatch(/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE)/);
        expect(await refusal(callers())).toBeUndefined();
        const client = new OutsideClient(servers);
        // Back to callers without one: a change of the containers, one by one.
        stack.configure({ ...same, rotate: { ca: 2 } });
        await stack.up();
        const seen = await client.stop();
        expect(seen.longestGap).toBeLessThan(1000);
        outputs = await stack.outputs();
        expect(await lostWrites(outputs.httpAddress, seen.acknowledged)).toEqual([]);
        expect(await refusal({})).toBeUndefined();
    });

    it("is destroyed", async () => {
        await stack.destroy();
    });
});
