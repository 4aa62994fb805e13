import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { extract } from "tar-stream";

/** What a registry has, and whom it lets in. */
export interface RegistryArgs {
    /** An archive of `docker save`, uncompressed. */
    readonly archive: string;
    /** The name of its image there, without registry and tag. */
    readonly name: string;
    /** Whom it lets in. */
    readonly login: { readonly username: string; readonly password: string };
    /** Where it listens. @default this computer alone */
    readonly host?: string;
}

/** A registry that runs. */
export interface FakeRegistry {
    readonly port: number;
    /** What was asked, and the status that was answered: `GET /v2/ 401`. */
    readonly asked: string[];
    /** Whom it lets in from now on. */
    changePassword(password: string): void;
    close(): Promise<void>;
}

const types = {
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
} as const;

/** Starts a registry over plain HTTP that has one image, under every tag, and asks for a login. */
export async function fakeRegistry(args: RegistryArgs): Promise<FakeRegistry> {
    const { archive, name, host = "127.0.0.1" } = args;
    const { manifest, blobs } = await imageIn(archive);
    const asked: string[] = [];
    let { password } = args.login;
    const isIn = ({ headers }: IncomingMessage) =>
        headers.authorization ===
        `Basic ${Buffer.from(`${args.login.username}:${password}`).toString("base64")}`;
    const answer = (message: IncomingMessage, response: ServerResponse) => {
        const { method = "", url = "" } = message;
        const end = (status: number, body: Buffer | string = "", type = "text/plain") => {
            asked.push(`${method} ${url} ${status}`);
            response.statusCode = status;
            response.setHeader("content-type", type);
            response.setHeader("docker-distribution-api-version", "registry/2.0");
            response.setHeader("content-length", Buffer.byteLength(body));
            response.end(method === "HEAD" ? undefined : body);
        };
        if (!isIn(message)) {
            response.setHeader("www-authenticate", 'Basic realm="registry"');
            end(401, "login required");
            return;
        }
        const [, digest = ""] = /\/blobs\/(sha256:[0-9a-f]{64})$/.exec(url) ?? [];
        const blob = blobs.get(digest);
        if (url.startsWith(`/v2/${name}/manifests/`)) {
            response.setHeader("docker-content-digest", digestOf(manifest));
            end(200, manifest, types.manifest);
        } else if (blob !== undefined) {
            response.setHeader("docker-content-digest", digest);
            end(200, blob, "application/octet-stream");
        } else {
            end(url === "/v2/" ? 200 : 404, "{}", "application/json");
        }
    };
    const server = createServer(answer);
    await new Promise<void>((ready) => server.listen(0, host, ready));
    return {
        port: (server.address() as AddressInfo).port,
        asked,
        changePassword: (now) => {
            password = now;
        },
        close: () =>
            new Promise((done) => {
                server.close(() => {
                    done();
                });
                server.closeAllConnections();
            }),
    };
}

/** The image of an archive as a registry has it. */
async function imageIn(archive: string) {
    const files = await filesIn(archive);
    const [listed] = JSON.parse(textOf(files, "manifest.json")) as {
        readonly Config: string;
        readonly Layers: readonly string[];
    }[];
    const blobs = new Map<string, Buffer>();
    const blob = (mediaType: string, content: Buffer) => {
        const digest = digestOf(content);
        blobs.set(digest, content);
        return { mediaType, size: content.length, digest };
    };
    const fileOf = (path: string) => files.get(path) ?? Buffer.alloc(0);
    const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: types.manifest,
        config: blob(types.config, fileOf(listed?.Config ?? "")),
        layers: (listed?.Layers ?? []).map((layer) =>
            blob(types.layer, gzipSync(fileOf(layer), { level: 1 })),
        ),
    });
    return { manifest: Buffer.from(manifest), blobs };
}

async function filesIn(archive: string): Promise<ReadonlyMap<string, Buffer>> {
    const entries = createReadStream(archive).pipe(extract());
    const files = new Map<string, Buffer>();
    for await (const entry of entries) {
        files.set(entry.header.name, await buffer(entry));
    }
    return files;
}

function textOf(files: ReadonlyMap<string, Buffer>, path: string): string {
    const found = files.get(path);
    if (found === undefined) {
        throw new Error(`the archive has no ${path}`);
    }
    return found.toString("utf8");
}

function digestOf(content: Buffer): string {
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
