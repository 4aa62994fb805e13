import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { registryHost, siteObstacle } from "../../../../cli/tools/reach.ts";

describe("siteObstacle", () => {
    // Answers a request for /now at once, and no other.
    const server = createServer(({ url }, response) => {
        if (url === "/now") {
            response.writeHead(404).end();
        }
    });
    let site = "";

    beforeAll(async () => {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        site = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    });

    afterAll(() => {
        server.close();
        server.closeAllConnections();
    });

    it("is none where any answer comes", async () => {
        expect(await siteObstacle(`http://${site}/now`, { env: {} })).toBeUndefined();
    });

    it("is that no answer comes in time", async () => {
        const late = siteObstacle(`http://${site}/never`, { env: {}, withinMs: 100 });
        expect(await late).toBe(`${site}: no answer within 0.1 s`);
    });

    it("is the reason why there is no connection", async () => {
        expect(await siteObstacle("http://127.0.0.1:1/", { env: {} })).toBe(
            "127.0.0.1:1: bad port",
        );
        expect(await siteObstacle("http://127.0.0.1:3/", { env: {} })).toContain(
            "127.0.0.1:3: connect ECONNREFUSED",
        );
    });

    it("is not known where a proxy is set", async () => {
        const env = { https_proxy: "http://proxy:3128" };
        expect(await siteObstacle("http://127.0.0.1:3/", { env })).toBeUndefined();
    });
});

describe("registryHost", () => {
    it.each([
        ["debian:bookworm-slim", "registry-1.docker.io"],
        ["hashicorp/consul:1.22.2", "registry-1.docker.io"],
        ["ghcr.io/some/image", "ghcr.io"],
        ["localhost/image", "localhost"],
        ["registry:5000/image:tag", "registry:5000"],
    ])("of %s is %s", (reference, host) => {
        expect(registryHost(reference)).toBe(host);
    });
});
