import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { environmentClient, hasEnvironmentToken } from "../../../cli/stack/environmentClient.ts";
import { certificates } from "../../support/certificates.ts";
import { httpServer, type TlsPair } from "../../support/httpServer.ts";
import { alerts, refusingAgent } from "../../support/refusingAgent.ts";
import { agentCertificate } from "../../support/securedAgents.ts";
import { stubEnv } from "../../support/stubEnv.ts";
import { tempFolder } from "../../support/tempFolder.ts";

const name = "a.node.dc1.consul";

/** An agent that answers with the token that it is shown, over TLS where it has a certificate. */
function agent(tls?: TlsPair) {
    return httpServer((message, response) => {
        response.end(JSON.stringify(message.headers["x-consul-token"] ?? "none"));
    }, tls);
}

async function file(content: string): Promise<string> {
    const path = join(await tempFolder(), "file");
    await writeFile(path, content);
    return path;
}

const ask = async (url: string) => environmentClient(url).leader();

describe("the client of an agent of any cluster", () => {
    beforeEach(() => {
        for (const variable of ["TOKEN", "TOKEN_FILE"]) {
            vi.stubEnv(`CONSUL_HTTP_${variable}`, undefined);
        }
        for (const variable of ["CACERT", "CLIENT_CERT", "CLIENT_KEY", "TLS_SERVER_NAME"]) {
            vi.stubEnv(`CONSUL_${variable}`, undefined);
        }
    });

    it("has the token of the environment, or of the file that it names", async () => {
        const { url } = await agent();
        expect(await ask(url)).toBe("none");
        expect(hasEnvironmentToken()).toBe(false);
        stubEnv("CONSUL_HTTP_TOKEN_FILE", await file("from a file\n"));
        expect(await ask(url)).toBe("from a file");
        stubEnv("CONSUL_HTTP_TOKEN", "hunter2");
        expect(await ask(url)).toBe("hunter2");
        expect(hasEnvironmentToken()).toBe(true);
    });

    it("verifies a certificate by the CA and the name of the environment", async () => {
        const { url } = await agent(await agentCertificate("a"));
        stubEnv("CONSUL_CACERT", await file((await certificates()).ca));
        stubEnv("CONSUL_TLS_SERVER_NAME", name);
        stubEnv("CONSUL_HTTP_TOKEN", "hunter2");
        expect(await ask(url)).toBe("hunter2");
    });

    it("shows the certificate of the environment, and says by which variables it would", async () => {
        const { ca, cert, key } = await certificates();
        const demands = { ca, requestCert: true };
        const { url } = await agent({ ...(await agentCertificate("a")), ...demands });
        stubEnv("CONSUL_CACERT", await file(ca));
        stubEnv("CONSUL_TLS_SERVER_NAME", name);
        await expect(ask(await refusingAgent(alerts.certificateRequired))).rejects.toThrow(
            "it demands a certificate of its callers: set CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY",
        );
        await expect(ask(url)).rejects.toThrow();
        stubEnv("CONSUL_CLIENT_CERT", await file(cert));
        stubEnv("CONSUL_CLIENT_KEY", await file(key));
        expect(await ask(url)).toBe("none");
    });

    it("says by which variable a certificate would be accepted", async () => {
        const { url } = await agent(await agentCertificate("a"));
        await expect(ask(url)).rejects.toThrow("set CONSUL_CACERT to a file");
        stubEnv("CONSUL_CACERT", await file((await certificates()).ca));
        await expect(ask(url)).rejects.toThrow("set CONSUL_TLS_SERVER_NAME to a name that it has");
        stubEnv("CONSUL_TLS_SERVER_NAME", "b.node.dc1.consul");
        await expect(ask(url)).rejects.toThrow("set CONSUL_TLS_SERVER_NAME to a name that it has");
    });

    it("names the variable whose file cannot be read", () => {
        stubEnv("CONSUL_CACERT", "/nowhere.pem");
        expect(() => environmentClient("https://127.0.0.1:8501")).toThrow(
            /^CONSUL_CACERT: .*\/nowhere\.pem/,
        );
        // An agent without TLS needs none.
        expect(environmentClient("http://127.0.0.1:8500").httpAddress).toBe(
            "http://127.0.0.1:8500",
        );
    });
});
