import { getCACertificates } from "node:tls";
import type { z } from "zod";
import { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import { ConsulError, type ConsulRequest } from "../../../scripts/consul/consulConnection.ts";

/** A client of one agent, with the operator's token, as Consul's own command takes it from the environment. */
export class OperatorClient extends ConsulClient {
    constructor(httpAddress: string) {
        const { CONSUL_HTTP_TOKEN: token = "" } = process.env;
        super(httpAddress, {
            tokens: token === "" ? undefined : token,
            // An agent of any cluster may have a certificate of a CA that this computer trusts.
            ca: httpAddress.startsWith("https:") ? getCACertificates().join("\n") : undefined,
        });
    }

    /** Reads a JSON answer. @throws Error where it is not of this shape. */
    async ask<T>(path: string, schema: z.ZodType<T>, request?: ConsulRequest): Promise<T> {
        return schema.parse(await this.get<unknown>(path, request));
    }

    /** The leader's Raft address. A client agent that knows no server answers with an error: it knows no leader. */
    override leader(): Promise<string> {
        return super.leader().catch((error: unknown) => {
            if (error instanceof ConsulError && !isRefusal(error)) {
                return "";
            }
            throw error;
        });
    }

    /** What the agent logs in these seconds; nothing where it does not let itself be followed. */
    async listen(seconds: number): Promise<string[]> {
        let text = "";
        try {
            const log = await this.stream("/v1/agent/monitor?loglevel=info", seconds * 1000);
            for await (const chunk of log.setEncoding("utf8")) {
                text += String(chunk);
            }
        } catch {
            // The log never ends by itself.
        }
        return text.split("\n").filter((line) => line !== "");
    }
}

/** Whether an agent refused to answer: a token is missing, or has too few rights. */
export function isRefusal(error: unknown): error is ConsulError {
    return error instanceof ConsulError && (error.status === 401 || error.status === 403);
}
