import type { z } from "zod";
import type { ConsulClient } from "../../../scripts/consul/consulClient.ts";
import type { ConsulRequest } from "../../../scripts/consul/consulConnection.ts";
import { ConsulError, isRefusal } from "../../../scripts/consul/consulError.ts";

/** Reads a JSON answer of an agent. @throws Error where it is not of this shape. */
export async function ask<T>(
    agent: ConsulClient,
    path: string,
    schema: z.ZodType<T>,
    request?: ConsulRequest,
): Promise<T> {
    return schema.parse(await agent.get<unknown>(path, request));
}

/** The leader's Raft address. A client agent that knows no server answers with an error: it knows no leader. */
export async function leaderOf(agent: ConsulClient): Promise<string> {
    try {
        return await agent.leader();
    } catch (error) {
        if (error instanceof ConsulError && !isRefusal(error)) {
            return "";
        }
        throw error;
    }
}

/** What an agent logs in these seconds; nothing where it does not let itself be followed. */
export async function listen(agent: ConsulClient, seconds: number): Promise<string[]> {
    let text = "";
    try {
        const path = "/v1/agent/monitor?loglevel=info";
        const log = await agent.stream(path, seconds * 1000, "agent");
        for await (const chunk of log.setEncoding("utf8")) {
            text += String(chunk);
        }
    } catch {
        // The log never ends by itself.
    }
    return text.split("\n").filter((line) => line !== "");
}
