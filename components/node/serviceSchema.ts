import { z } from "zod";
import { definitionMark } from "../../scripts/protocol/serviceDefinition.ts";
import { issueLines } from "./problems.ts";
import { defaultInterval, type ServiceArgs } from "./serviceDefinition.ts";

/** The messages of an object's schema: the rule for a value that is no object, and the known keys for
 * an unknown one. What is wrong inside of it has messages of its own. */
export function objectRule(rule: string, keys: readonly string[] = []) {
    return {
        error: ({ code }: { readonly code: string }) =>
            code === "unrecognized_keys"
                ? `there is no such setting; there are ${keys.join(", ")}`
                : code === "invalid_type"
                  ? rule
                  : undefined,
    };
}

const nameRule = "lowercase letters, digits and dashes, at most 63 characters: a name in DNS";
const name = z
    .string(nameRule)
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, nameRule)
    .refine((value) => value !== "consul", "another name: this one is that of the servers");

const idRule = "letters, digits, dots, dashes and underscores";
const id = z.string(idRule).regex(/^[\w.-]+$/, idRule);

const portRule = "a port, from 1 to 65535";
const port = z.int(portRule).min(1, portRule).max(65_535, portRule);

const durationRule = "a duration with its unit, such as 10s";
const duration = z.string(durationRule).regex(/^(\d+(ms|s|m|h))+$/, durationRule);

const pathRule = "a path that begins with a slash, such as /health";
const path = z.string(pathRule).regex(/^\/\S*$/, pathRule);

const tagRule = "a word without spaces";
const tags = z.array(z.string(tagRule).regex(/^\S+$/, tagRule), "a list of words");

const metaKeyRule = "letters, digits, dashes and underscores";
const meta = z.record(
    z
        .string()
        .regex(/^[\w-]+$/, metaKeyRule)
        .refine((key) => key !== definitionMark, "another name: this one is ours")
        .refine(
            (key) => !key.startsWith("consul-"),
            "another name: Consul keeps consul- to itself",
        ),
    z.string("a string; put quotes around it"),
    {
        error: ({ code }) => (code === "invalid_type" ? "a map from names to strings" : undefined),
    },
);

const kind = <Kind extends string>(of: Kind, meaning: string) => z.literal(of).describe(meaning);
const timing = {
    port: port.optional().meta({ description: "The port to ask.", default: "the service's" }),
    interval: duration.optional().meta({ description: "How often.", default: defaultInterval }),
    timeout: duration
        .optional()
        .meta({ description: "How long an answer may take.", default: "10s" }),
};
const http = {
    kind: kind("http", "Asks `path`: 2xx passes, 429 warns, anything else is critical."),
    path: path.optional().meta({ description: "What is asked for.", default: "/" }),
    ...timing,
};
const tcp = { kind: kind("tcp", "Opens a connection."), ...timing };
const ttl = {
    kind: kind("ttl", "The service itself has to pass it."),
    ttl: duration.describe("Within what time, again and again."),
};

const checkRule = "a check: its kind is http, tcp or ttl";

const strictCheck = <T extends z.core.$ZodLooseShape>(of: T) =>
    z.strictObject(of, objectRule(checkRule, Object.keys(of)));

const check = z.discriminatedUnion(
    "kind",
    [strictCheck(http), strictCheck(tcp), strictCheck(ttl)],
    checkRule,
);

const shape = {
    name: name.describe("Its name in the catalog and in DNS."),
    id: id
        .optional()
        .meta({ description: "Tells two of one name on one node apart.", default: "the name" }),
    port: port.optional().describe("Where others reach it, on the machine's address."),
    tags: tags.optional().describe("Words to find it by: `TAG.NAME.service.consul`."),
    meta: meta.optional().describe("Further data for others."),
    checks: z
        .array(check, "a list of checks")
        .optional()
        .meta({ description: "It is healthy while all of them pass." }),
};

const service = z
    .strictObject(
        shape,
        objectRule("a service: a name, and what else there is to say of it", Object.keys(shape)),
    )
    .superRefine((stated, context) => {
        for (const [index, one] of (stated.checks ?? []).entries()) {
            if (one.kind !== "ttl" && (one.port ?? stated.port) === undefined) {
                context.addIssue({
                    code: "custom",
                    path: ["checks", index, "port"],
                    message: "the port to ask, for the service names none",
                });
            }
        }
    });

/** The services of one node. */
export const servicesSchema = z.array(service, "a list of services").superRefine((all, context) => {
    const seen = new Set<string>();
    for (const [index, one] of all.entries()) {
        const own = one.id ?? one.name;
        if (seen.has(own)) {
            context.addIssue({
                code: "custom",
                path: [index, "id"],
                message: `another id than "${own}", which a service before it has`,
            });
        }
        seen.add(own);
    }
});

/**
 * Everything that is wrong with services, a line each: where, and the rule.
 *
 * @param at what the services are called in the messages, for example `server-1.services`.
 */
export function serviceProblems(at: string, services: readonly ServiceArgs[]): string[] {
    return issueLines(servicesSchema.safeParse(services).error, services, at);
}
