import { z } from "zod";
import { property } from "../../scripts/system/json.ts";

/** By this key Pulumi marks a value in a state as one of a special kind, such as a secret. */
const kindKey = "4dabf18193072939515e22adb298388d";

const values = z.record(z.string(), z.unknown());

/** A resource of a state, secrets in clear. */
const resourceSchema = z.object({
    urn: z.string(),
    type: z.string(),
    custom: z.boolean().default(false),
    id: z.string().optional(),
    parent: z.string().optional(),
    /** `URN::ID` of its provider. */
    provider: z.string().optional(),
    inputs: values.default({}),
    outputs: values.default({}),
    /** Whether it was replaced, and is still to be removed. */
    delete: z.boolean().default(false),
    dependencies: z.array(z.string()).default([]),
    created: z.string().optional(),
    modified: z.string().optional(),
    pendingReplacement: z.boolean().optional(),
    external: z.boolean().optional(),
    protect: z.boolean().optional(),
    /** Names of the inputs that have a secret in them. */
    secretInputs: z.array(z.string()).default([]),
});

/** A resource of a state, secrets in clear. */
export type StateResource = Readonly<z.infer<typeof resourceSchema>>;

const deploymentSchema = z.looseObject({
    resources: z.array(z.unknown()).default([]),
    manifest: z.looseObject({ version: z.string().optional() }).optional(),
    pending_operations: z.array(z.unknown()).default([]),
});

/** An exported state of a stack, as `pulumi stack export --show-secrets` prints it. */
export class StackState {
    /** Everything that is there, in the order in which it was made. What waits for its removal is left out. */
    readonly resources: readonly StateResource[];
    /** Version of the CLI that wrote it last. */
    readonly writtenBy: string | undefined;
    /** How many operations were interrupted. */
    readonly pending: number;
    /** The texts of all secrets in it. */
    readonly secrets: readonly string[];

    /** @param deployment what is below `deployment` in the exported state. */
    constructor(deployment: unknown) {
        const state = deploymentSchema.parse(deployment ?? {});
        this.resources = state.resources
            .map((resource) =>
                resourceSchema.parse({
                    ...values.parse(reveal(resource)),
                    secretInputs: secretNames(property(resource, "inputs")),
                }),
            )
            .filter((resource) => !resource.delete);
        this.writtenBy = state.manifest?.version;
        this.pending = state.pending_operations.length;
        this.secrets = secretTexts(state);
    }

    /** What has this resource above it, at any distance. */
    below(urn: string): StateResource[] {
        const inside = new Set([urn]);
        // A parent comes before its children.
        return this.resources.filter((resource) => {
            const isInside = resource.parent !== undefined && inside.has(resource.parent);
            if (isInside) {
                inside.add(resource.urn);
            }
            return isInside;
        });
    }

    /** The resource of this URN. */
    resource(urn: string): StateResource | undefined {
        return this.resources.find((one) => one.urn === urn);
    }

    /** What the stack exports. */
    get outputs(): Readonly<Record<string, unknown>> {
        return this.resources.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
    }
}

/** The logical name in a URN. */
export function nameIn(urn: string): string {
    return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Replaces every secret of an exported state by its value. */
function reveal(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(reveal);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    const plaintext = plaintextOf(value);
    return plaintext === undefined
        ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, reveal(one)]))
        : reveal(JSON.parse(plaintext));
}

/** The value of a secret as JSON; undefined for what is none. */
function plaintextOf(value: object): string | undefined {
    const plaintext = property(value, "plaintext");
    return kindKey in value && typeof plaintext === "string" ? plaintext : undefined;
}

/** Names of the properties that have a secret in them. */
function secretNames(inputs: unknown): string[] {
    return typeof inputs === "object" && inputs !== null
        ? Object.entries(inputs).flatMap(([name, value]) => (hasSecret(value) ? [name] : []))
        : [];
}

function hasSecret(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        (plaintextOf(value) !== undefined || Object.values(value).some(hasSecret))
    );
}

/** All texts that are secret in an exported state, and the parts of those that are JSON themselves. */
function secretTexts(value: unknown): string[] {
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const plaintext = plaintextOf(value);
    return plaintext === undefined
        ? Object.values(value).flatMap(secretTexts)
        : textsIn(JSON.parse(plaintext));
}

/** Every text in a value; of one that is JSON itself what is secret in it, too. */
export function textsIn(value: unknown): string[] {
    if (typeof value === "string") {
        return [value, ...secretsWithin(value)];
    }
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Names of what is secret in requests and answers of our scripts, and in docker-machine's files. */
const secretKey =
    /^(seed|key|.*(secret|token|password|passphrase|credential|gossipkey|accesskey|apikey).*)$/i;

/** What is secret in a text that is JSON: not every word of it, `docker` or `server`, may be taken out of a report. */
function secretsWithin(text: string, name = ""): string[] {
    const inner = /^\s*[[{]/.test(text) ? parsed(text) : undefined;
    if (inner !== undefined) {
        return leaves(inner, "").flatMap(([key, leaf]) => secretsWithin(leaf, key));
    }
    const isSecret = secretKey.test(name) || text.includes("PRIVATE KEY") || isRandom(text);
    return name !== "" && isSecret ? [text] : [];
}

function leaves(value: unknown, name: string): (readonly [name: string, text: string])[] {
    if (typeof value === "string") {
        return [[name, value]];
    }
    return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, one]) =>
              leaves(one, Array.isArray(value) ? name : key),
          )
        : [];
}

/** Whether a text is what keys and tokens look like. */
function isRandom(text: string): boolean {
    return /^(?=.*\d)(?=.*[A-Za-z])[\w+/=-]{20,}$/.test(text);
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
