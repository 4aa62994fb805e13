import { expect, test } from "vitest";
import { clusterRights } from "../../../cli/stack/clusterRights.ts";
import { putTokensRight } from "../../../cli/stack/restoredTokens.ts";
import { StackClients } from "../../../cli/stack/stackClients.ts";
import { property, parseJson } from "../../../scripts/system/json.ts";
import { text } from "node:stream/consumers";
import { httpServer } from "../../support/httpServer.ts";
import { accessFile, agentCertificate, origin, secrets } from "../../support/securedAgents.ts";

/** A secured server with ACLs that a snapshot brought: no token but these, by their ids. */
async function restored(descriptions: Readonly<Record<string, string>>, status = 200) {
    const tokens = new Map(
        Object.entries(descriptions).map(([AccessorID, Description]) => [
            AccessorID,
            { AccessorID, Description },
        ]),
    );
    const { url } = await httpServer(
        (message, response) => {
            void text(message).then((body) => {
                const { method = "", url: path = "" } = message;
                const id = path.slice("/v1/acl/token/".length);
                const isOfToken = path.startsWith("/v1/acl/token/");
                response.statusCode = path.startsWith("/v1/acl/") ? status : 200;
                if (method === "PUT" && path === "/v1/acl/token") {
                    const AccessorID = String(property(parseJson(body), "AccessorID"));
                    const Description = String(property(parseJson(body), "Description"));
                    tokens.set(AccessorID, { AccessorID, Description });
                } else if (method === "DELETE") {
                    tokens.delete(id);
                } else if (isOfToken && id !== "self" && method === "GET" && !tokens.has(id)) {
                    response.statusCode = 403;
                    response.end("token does not exist: ACL not found");
                    return;
                }
                const answers: Record<string, unknown> = {
                    "/v1/status/leader": "10.0.0.1:8300",
                    "/v1/acl/policies": [],
                    "/v1/acl/tokens": [...tokens.values()],
                    "/v1/acl/token/self": { AccessorID: "the-first", Description: "theirs" },
                };
                response.end(JSON.stringify(answers[path] ?? tokens.get(id) ?? {}));
            });
        },
        await agentCertificate("a"),
    );
    const nodes = { a: { role: "server", address: "", httpAddress: url, machine: "dev-a" } };
    const access = await accessFile();
    const clients = await StackClients.of({ nodes, access });
    const rights = clusterRights({ nodes, store: "STORE", access, rotation: origin.rotation });
    if (clients.rights === undefined) {
        throw new Error("no rights");
    }
    return { tokens, server: clients.of("a"), own: { rights, access: clients.rights } };
}

test("a restore makes what the snapshot lacked, and deletes what it brought back, but no one else's", async () => {
    const { tokens, server, own } = await restored({
        "an-old-one": "consul-machines access dns 1",
        "a-person": "for the shop",
    });
    expect(await putTokensRight(server, own)).toEqual(["consul-machines access dns 1"]);
    expect(tokens.has("a-person")).toBe(true);
    expect(tokens.has(secrets.token("dns").accessorId)).toBe(true);
    expect(tokens.has(secrets.nodeToken("agent", "a").accessorId)).toBe(true);
});
