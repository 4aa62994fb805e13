import { z } from "zod";

/** The parts of an agent's answers that tell mistakes. What is not there, an agent is too old to
 * say; so nothing is required that is not needed to name it. */

const text = z.string();

/** `/v1/agent/members`. */
export const membersSchema = z.array(
    z.object({
        Name: text,
        Addr: text,
        Status: z.number(),
        Tags: z.record(text, text).nullish(),
    }),
);

/** `/v1/agent/self`. */
export const selfSchema = z.object({
    Config: z.object({
        NodeName: text,
        NodeID: text.default(""),
        Datacenter: text,
        Server: z.boolean().default(false),
    }),
    Member: z.object({ Addr: text }),
    DebugConfig: z
        .object({
            Bootstrap: z.boolean().default(false),
            BootstrapExpect: z.number().default(0),
            RetryJoinLAN: z.array(text).nullish(),
        })
        .partial()
        .nullish(),
    Stats: z.object({ raft: z.record(text, text).optional() }).nullish(),
});

/** `/v1/operator/autopilot/health`. */
export const healthSchema = z.object({
    Servers: z
        .array(z.object({ ID: text, Name: text, Voter: z.boolean(), Healthy: z.boolean() }))
        .nullish(),
});

/** `/v1/catalog/nodes`. */
export const catalogSchema = z.array(
    z.object({
        Node: text,
        ID: text.default(""),
        Meta: z.record(text, text).nullish(),
    }),
);

/** `/v1/health/state/any`. */
export const checksSchema = z.array(z.object({ Node: text, CheckID: text }));

/** `/v1/kv/KEY`. */
export const pairSchema = z.array(z.object({ Key: text, ModifyIndex: z.number() }));
