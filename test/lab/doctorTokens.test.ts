import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { stubEnv } from "../support/stubEnv.ts";
import { examine, expectCured, inShort, startServers, untilFound } from "./support/examine.ts";
import { labImage, noBinary } from "./support/pieces.ts";
import { httpOf, RealAgents, untilLed } from "./support/realAgents.ts";

const management = "00000000-0000-4000-8000-00000000aaaa";

describe.skipIf(noBinary !== undefined)("doctor, asked about agents that want tokens", () => {
    let agents: RealAgents;

    beforeAll(async () => {
        agents = await RealAgents.with(labImage);
    });
    afterEach(() => agents.clear());
    afterAll(() => agents.end());

    /** Starts a server that answers nobody without a token. */
    async function startClosed(): Promise<void> {
        const tokens = { initial_management: management };
        const acl = { enabled: true, default_policy: "deny", tokens };
        await startServers(agents, 1, [await agents.config("acl", { acl })]);
        await untilLed(1);
    }

    it("tells one that answers nobody without a token", async () => {
        await startClosed();
        const found = await examine(1);
        expect(inShort(found)).toEqual(["token-missing 127.99.0.1:8500"]);
        expect(found[0]?.seen).toContain("Permission denied");
        expect(found[0]?.fix).toContain("CONSUL_HTTP_TOKEN=");
    });

    it("tells one that does not know the token", async () => {
        await startClosed();
        stubEnv("CONSUL_HTTP_TOKEN", "00000000-0000-4000-8000-00000000bbbb");
        const found = await examine(1);
        expect(inShort(found)).toEqual(["token-missing 127.99.0.1:8500"]);
        expect(found[0]?.seen).toContain("ACL not found");
    });

    it("tells one whose own token is missing, and its fix puts it right", async () => {
        await startClosed();
        stubEnv("CONSUL_HTTP_TOKEN", management);
        const found = await untilFound(1, "agent-token-missing");
        expect(inShort(found)).toEqual(["agent-token-missing s1"]);
        expect(found[0]?.fix).toContain("`consul acl set-agent-token agent TOKEN`");

        await fetch(`${httpOf(1)}/v1/agent/token/agent`, {
            method: "PUT",
            headers: { "x-consul-token": management },
            body: JSON.stringify({ Token: management }),
        });
        await expectCured(1);
    });
});
