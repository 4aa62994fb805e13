import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { getCACertificates } from "node:tls";
import { ConsulClient } from "../../scripts/consul/consulClient.ts";
import type { ConsulAccess, ConsulRequest } from "../../scripts/consul/consulConnection.ts";
import { refusesCaller } from "../../scripts/consul/consulError.ts";
import type { KeyPair } from "../../scripts/protocol/security.ts";
import { property } from "../../scripts/system/json.ts";
import { describeError } from "../../scripts/system/progress.ts";
import { TaskFailure } from "../show/task.ts";

/**
 * A client of an agent of any cluster, with what Consul's own command takes from the environment: `CONSUL_HTTP_TOKEN`,
 * or `CONSUL_HTTP_TOKEN_FILE`; and for `https` `CONSUL_CACERT`, a file with certificates of CAs,
 * `CONSUL_TLS_SERVER_NAME`, the name in the agent's certificate, and `CONSUL_CLIENT_CERT` with `CONSUL_CLIENT_KEY`, files
 * with a certificate by which it lets in.
 *
 * @throws TaskFailure naming the variable whose file cannot be read.
 */
export function environmentClient(httpAddress: string): ConsulClient {
    return new EnvironmentClient(httpAddress, environmentAccess(httpAddress));
}

/** Whether the environment has a token. */
export function hasEnvironmentToken(): boolean {
    return tokenOf(process.env) !== undefined;
}

/** A client that says, in a TaskFailure, by which variable the certificate that an agent shows would be accepted. */
class EnvironmentClient extends ConsulClient {
    override send(path: string, request?: ConsulRequest): Promise<IncomingMessage> {
        return super.send(path, request).catch((error: unknown) => {
            // A certificate that is refused is the cause of the error for an agent that is not proven to be one.
            const cause = property(error, "code") === undefined ? property(error, "cause") : error;
            const code = String(property(cause, "code"));
            if (refusesCaller(cause)) {
                throw new TaskFailure(`it demands a certificate of its callers: ${ownWay}`);
            }
            const way = wayOut(code);
            throw way === undefined
                ? error
                : new TaskFailure(`its certificate is not accepted (${code}): ${way}`);
        });
    }
}

function environmentAccess(httpAddress: string): ConsulAccess {
    const { env } = process;
    const serverName = valueOf(env, "CONSUL_TLS_SERVER_NAME");
    return {
        tokens: tokenOf(env),
        ...(httpAddress.startsWith("https:")
            ? { ca: authorities(env), client: clientOf(env), serverName }
            : {}),
    };
}

/** Without a file those that this computer trusts: an agent of any cluster may have a certificate of one of them. */
function authorities(env: NodeJS.ProcessEnv): string {
    return fileOf(env, "CONSUL_CACERT") ?? getCACertificates().join("\n");
}

function clientOf(env: NodeJS.ProcessEnv): KeyPair | undefined {
    const certificate = fileOf(env, "CONSUL_CLIENT_CERT");
    const key = fileOf(env, "CONSUL_CLIENT_KEY");
    return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
    return valueOf(env, "CONSUL_HTTP_TOKEN") ?? fileOf(env, "CONSUL_HTTP_TOKEN_FILE")?.trim();
}

function fileOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
    const file = valueOf(env, name);
    if (file === undefined) {
        return undefined;
    }
    try {
        return readFileSync(file, "utf8");
    } catch (error) {
        throw new TaskFailure(`${name}: ${describeError(error)}`);
    }
}

function valueOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
    const value = env[name];
    return value === "" ? undefined : value;
}

const ownWay =
    "set CONSUL_CLIENT_CERT and CONSUL_CLIENT_KEY to files with one that it accepts, and its key";

/** What makes a certificate acceptable that was refused with this code. */
function wayOut(code: string): string | undefined {
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
        return "set CONSUL_TLS_SERVER_NAME to a name that it has";
    }
    return unknownAuthority.has(code)
        ? "set CONSUL_CACERT to a file with the certificate of its CA"
        : undefined;
}

/** OpenSSL's codes for a certificate of a CA that is not among the trusted ones. */
const unknownAuthority: ReadonlySet<string> = new Set([
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
