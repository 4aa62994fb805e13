import { z } from "zod";
import type { JsonObject } from "../../components/agent/agentConfig.ts";
import { configProblems } from "../../components/cluster/configProblems.ts";
import { parseJson } from "../../scripts/system/json.ts";
import type { CheckedSettings } from "./checkedPlacement.ts";

/** Whose settings are checked. */
export interface SettingsOwner {
    readonly project: string;
    readonly stack: string;
    /** Settings with a secret in them: no message repeats them. */
    readonly secretKeys: ReadonlySet<string>;
}

const config: z.ZodType<JsonObject | undefined> = z.record(z.string(), z.json()).optional();
const nodes = z
    .array(z.looseObject({ agentConfig: config }))
    .catch([])
    .default([]);
const read = z.looseObject({
    security: z.string().optional(),
    agentConfig: config,
    serverConfig: config,
    clientConfig: config,
    servers: nodes,
    clients: nodes,
});

/**
 * The part of the settings' check that the library has: what agents may be told. The package has no more of it, for it
 * is without the program; `pulumi preview` checks all.
 */
export function libraryCheck(texts: Readonly<Record<string, string>>): Promise<CheckedSettings> {
    const values = Object.entries(texts).map(([key, text]) => [key, parseJson(text) ?? text]);
    const { security, servers, clients, ...layers } = read.parse(Object.fromEntries(values));
    const listed = (role: "server" | "client", all: typeof servers) =>
        all.map(({ agentConfig }, index) => ({
            role,
            path: `${role}s[${index}].agentConfig`,
            agentConfig,
        }));
    const problems = configProblems(
        { ...layers, security: security === "open" ? "open" : "full" },
        [...listed("server", servers), ...listed("client", clients)],
    );
    return Promise.resolve({ problems, warnings: [] });
}
