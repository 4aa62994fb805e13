import { z } from "zod";
import { shells } from "./shells.ts";

/** What a command may be given, by the names of its options. */
export const givenSchema = z.strictObject({
    stack: z.string().optional(),
    cwd: z.string().optional(),
    cluster: z.string().optional(),
    json: z.boolean().default(false),
    yes: z.boolean().default(false),
    address: z.string().optional(),
    hosts: z.boolean().default(false),
    folder: z.string().optional(),
    without: z.array(z.string()).default([]),
    follow: z.boolean().default(false),
    tail: z.number().optional(),
    since: z.string().optional(),
    shell: z.enum(shells).optional(),
    showSecrets: z.boolean().default(false),
    unset: z.boolean().default(false),
    open: z.boolean().default(false),
    format: z.enum(["text", "mermaid", "svg"]).optional(),
    offline: z.boolean().default(false),
    output: z.string().optional(),
    servers: z.number().optional(),
    remove: z.boolean().default(false),
    write: z.boolean().default(false),
    overwrite: z.boolean().default(false),
    role: z.enum(["server", "client"]).optional(),
    node: z.string().optional(),
});

/** The options of a call. */
export type Given = Readonly<z.infer<typeof givenSchema>>;
