import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { download } from "../../../../cli/tools/download.ts";

const content = "a program";
const sha256 = createHash("sha256").update(content).digest("hex");
const path = join(mkdtempSync(join(tmpdir(), "download-")), "program");
let server: Server;
let site: string;

beforeAll(async () => {
    server = createServer((request, response) => {
        response.writeHead(request.url === "/program" ? 200 : 404).end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

describe("download", () => {
    it("keeps a file whose checksum is the expected one", async () => {
        await download(`${site}/program`, sha256, path);
        expect(readFileSync(path, "utf8")).toBe(content);
    });

    it("removes a file of another checksum, and reports both", async () => {
        await expect(download(`${site}/program`, "0000", path)).rejects.toThrow(
            `${site}/program: its sha256 is "${sha256}"; expected "0000"`,
        );
        expect(existsSync(path)).toBe(false);
    });

    it("reports an answer that is no file", async () => {
        await expect(download(`${site}/other`, sha256, path)).rejects.toThrow(
            `${site}/other: answered 404 Not Found`,
        );
    });

    it("reports why a site cannot be reached", async () => {
        const nowhere = "http://127.0.0.1:9/program";
        await expect(download(nowhere, sha256, path)).rejects.toThrow(/^http.*program: \S+/);
    });
});
