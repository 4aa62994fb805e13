import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EngineApi, EngineError } from "../../scripts/docker/engineApi.ts";
import type { HttpTarget } from "../../scripts/system/http.ts";
import type { Properties } from "../protocol/provider.ts";
import { revealed } from "../protocol/values.ts";

/** Where Docker's engine of this computer listens. */
export const defaultHost = "unix:///var/run/docker.sock";

/** An engine does not answer. What is on it is as it was, as far as is known. */
export class EngineUnreachable extends Error {}

/** Logins to registries by the registry's address, as the engine takes them. */
type Logins = ReadonlyMap<string, object>;

/** One machine's Docker Engine, as a provider resource configures it. It connects when it is asked for something. */
export class MachineEngine {
    readonly #host: string;
    readonly #name: string;
    readonly #api: EngineApi | undefined;
    readonly #logins: Logins;

    /**
     * @param name the provider resource's name, for messages.
     * @throws Error where the configuration is not served.
     */
    constructor(inputs: Properties, name: string) {
        // The key is a secret, which the engine leaves marked in a provider's configuration.
        const config = revealedProperties(inputs);
        this.#host = textOf(config.host) || defaultHost;
        this.#name = name;
        const target = targetOf(this.#host, config);
        this.#api = target === undefined ? undefined : new EngineApi(target);
        this.#logins = loginsOf(config.registryAuth);
    }

    /**
     * Does work with the engine.
     *
     * @throws EngineUnreachable where it does not answer, with the name of its provider and what to do.
     */
    async use<T>(work: (api: EngineApi) => Promise<T>): Promise<T> {
        if (this.#api === undefined) {
            throw this.#unreachable("it is not reached over SSH");
        }
        try {
            return await work(this.#api);
        } catch (error) {
            throw isConnectionFailure(error) ? this.#unreachable(messageOf(error)) : error;
        }
    }

    /** The login to the registry of an image, in the form of the engine's header; empty where there is none. */
    login(registry: string): string {
        const login = this.#logins.get(registry) ?? {};
        return Buffer.from(JSON.stringify(login)).toString("base64url");
    }

    #unreachable(reason: string): EngineUnreachable {
        return new EngineUnreachable(
            `${this.#name}: the Docker Engine at ${this.#host} does not answer (${reason}). ` +
                "Start its machine, or replace the machine: docs/replace.md",
        );
    }
}

function revealedProperties(inputs: Properties): Properties {
    return Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, revealed(value)]));
}

/** Where the engine listens; undefined for one that is reached over SSH, which is not served. */
function targetOf(host: string, config: Properties): HttpTarget | undefined {
    if (host.startsWith("unix://")) {
        return { socketPath: host.slice("unix://".length) };
    }
    if (host.startsWith("ssh://")) {
        return undefined;
    }
    const { hostname, port, protocol } = new URL(host);
    if (protocol !== "tcp:" && protocol !== "https:" && protocol !== "http:") {
        throw new Error(`host: got "${host}"; expected unix://, tcp:// or ssh://`);
    }
    const tls = tlsOf(config);
    return { host: hostname, port: Number(port || "2376"), ...(tls === undefined ? {} : { tls }) };
}

/** The TLS files: their content, or the folder that has them. */
function tlsOf(config: Properties) {
    const folder = textOf(config.certPath);
    const read = (file: string) => {
        const path = join(folder, file);
        return folder !== "" && existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    const ca = textOf(config.caMaterial) || read("ca.pem");
    const cert = textOf(config.certMaterial) || read("cert.pem");
    const key = textOf(config.keyMaterial) || read("key.pem");
    return ca === "" ? undefined : { ca, cert: cert || undefined, key: key || undefined };
}

function loginsOf(value: unknown): Logins {
    // A provider's configuration has what is no text as JSON.
    const parsed: unknown = typeof value === "string" ? JSON.parse(value) : value;
    const entries: unknown[] = Array.isArray(parsed) ? parsed : [];
    return new Map(
        entries.map((entry) => {
            const { address, username, password } = entry as Record<string, unknown>;
            const server = textOf(address).replace(/^https?:\/\//, "");
            return [server, { username, password, serveraddress: server }];
        }),
    );
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}

/** Whether an engine gave no answer at all, as opposed to one that is an error. */
function isConnectionFailure(error: unknown): boolean {
    if (error instanceof EngineError) {
        return false;
    }
    const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
    const isNetwork = typeof code === "string" && /^(E[A-Z]+|ERR_TLS\w*|CERT_\w+)$/.test(code);
    return isNetwork || messageOf(error).startsWith("no answer within");
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
