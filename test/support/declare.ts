import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb.js";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { property } from "../../scripts/system/json.ts";

/** That of every stack in a backend that has none. */
const organization = "organization";

/** How Pulumi marks a secret on the wire. */
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** One resource as it was registered, options included. Others are named by {@link Declared.key}. */
export interface Declared {
    /** Type's last word and name: `Container consul-server-1-agent`. */
    readonly key: string;
    readonly type: string;
    readonly name: string;
    /** The inputs, secrets unwrapped. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** The inputs as they travel, secrets in their wrapping. */
    readonly wire: unknown;
    readonly parent: string;
    readonly provider: string;
    readonly dependsOn: readonly string[];
    /** What each property comes from. */
    readonly propertyDependsOn: Readonly<Record<string, readonly string[]>>;
    readonly deletedWith: string;
    readonly replaceWith: readonly string[];
    readonly deleteBeforeReplace: boolean;
    readonly replaceOnChanges: readonly string[];
    readonly ignoreChanges: readonly string[];
    /** What states of earlier versions call it: `PARENT > NAME`. */
    readonly aliases: readonly string[];
    readonly secretOutputs: readonly string[];
    readonly createTimeout: string;
    readonly errorHooks: readonly string[];
}

/** Answers with what a provider would: the outputs of a resource besides its inputs. */
export type Outputs = (resource: {
    readonly type: string;
    readonly name: string;
    readonly inputs: Readonly<Record<string, unknown>>;
}) => Readonly<Record<string, unknown>>;

/** How a program is run. */
export interface DeclareOptions {
    readonly project?: string;
    readonly stack?: string;
    /** Whether it is a preview, in which nothing has ids or outputs yet. @default false */
    readonly preview?: boolean;
    /** Outputs of resources. @default none */
    readonly outputs?: Outputs;
    /** Outputs that the stack itself had before. @default none: it is new */
    readonly stackOutputs?: Readonly<Record<string, unknown>>;
}

/** The name by which tests call a resource, from the URN of the mock engine. */
function keyOf(urn: string): string {
    const [, , type = "", name = ""] = urn.split("::");
    return urn === "" ? "" : `${shortType(type.split("$").at(-1) ?? "")} ${name}`;
}

function shortType(type: string): string {
    return type.startsWith("pulumi:providers:") ? "Provider" : (type.split(":").at(-1) ?? "");
}

/** Takes the wrapping off every secret, at any depth. */
export function unwrapped(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(unwrapped);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return isSecret(value)
        ? unwrapped(Reflect.get(value, "value"))
        : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unwrapped(inner)]));
}

/** Whether a value is a secret in its wrapping. */
export function isSecret(value: unknown): boolean {
    return (
        typeof value === "object" &&
        value !== null &&
        Reflect.get(value, signature) === secretSignature
    );
}

function describe(request: RegisterResourceRequest): Declared {
    const wire: unknown = request.getObject()?.toJavaScript();
    const propertyDependsOn = new Map<string, readonly string[]>();
    request.getPropertydependenciesMap().forEach((from, property) => {
        propertyDependsOn.set(property, from.getUrnsList().map(keyOf).sort());
    });
    const [providerUrn = ""] = request.getProvider().split(/::(?=[^:]*$)/);
    return {
        key: `${shortType(request.getType())} ${request.getName()}`,
        type: request.getType(),
        name: request.getName(),
        inputs: unwrapped(wire) as Readonly<Record<string, unknown>>,
        wire,
        parent: keyOf(request.getParent()),
        provider: keyOf(providerUrn),
        dependsOn: request.getDependenciesList().map(keyOf).sort(),
        propertyDependsOn: Object.fromEntries(propertyDependsOn),
        deletedWith: keyOf(request.getDeletedwith()),
        replaceWith: request.getReplaceWithList().map(keyOf),
        deleteBeforeReplace: request.getDeletebeforereplace(),
        replaceOnChanges: request.getReplaceonchangesList(),
        ignoreChanges: request.getIgnorechangesList(),
        aliases: request
            .getAliasesList()
            .map((alias) => alias.getSpec())
            .map((spec) => `${keyOf(spec?.getParenturn() ?? "")} > ${spec?.getName() ?? ""}`),
        secretOutputs: request.getAdditionalsecretoutputsList(),
        createTimeout: request.getCustomtimeouts()?.getCreate() ?? "",
        errorHooks: request.getHooks()?.getOnErrorList() ?? [],
    };
}

/**
 * Runs a program against mocks.
 *
 * @returns what the program returned, and every resource that it declared, sorted by key.
 */
export async function declare<T>(
    program: () => T | Promise<T>,
    options: DeclareOptions = {},
): Promise<{ readonly declared: readonly Declared[]; readonly result: T }> {
    const { project = "consul-machines", stack = "dev", preview = false, outputs } = options;
    const declared: Declared[] = [];
    const current: { secretOutputs: readonly string[] } = { secretOutputs: [] };
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => {
                const given = unwrapped(inputs) as Readonly<Record<string, unknown>>;
                const made = preview ? {} : (outputs?.({ type, name, inputs: given }) ?? {});
                // The engine keeps these outputs secret; the mock engine leaves that to us.
                const state = Object.fromEntries(
                    Object.entries({ ...given, ...made }).map(([key, value]) => [
                        key,
                        current.secretOutputs.includes(key) ? pulumi.secret(value) : value,
                    ]),
                );
                return { id: preview ? undefined : `${name}-id`, state };
            },
            call: ({ token, inputs }) => {
                const own = `${organization}/${project}/${stack}`;
                if (
                    token === "pulumi:pulumi:readStackOutputs" &&
                    property(inputs, "name") === own
                ) {
                    return { outputs: options.stackOutputs ?? {} };
                }
                if (
                    token === "pulumi:pulumi:readStackResourceOutputs" &&
                    property(inputs, "stackName") === own
                ) {
                    return { outputs: {} };
                }
                throw new Error(`no mock answers ${token}`);
            },
        },
        project,
        stack,
        preview,
        organization,
    );
    const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
    const register = monitor.registerResource.bind(monitor);
    monitor.registerResource = (request: RegisterResourceRequest, callback) => {
        const one = describe(request);
        declared.push(one);
        current.secretOutputs = one.secretOutputs;
        return register(request, callback);
    };
    // The mock engine knows no hooks; the real one only notes them, too.
    const note = (_: unknown, answer: (error: null, response: object) => void) => {
        answer(null, {});
    };
    Object.assign(monitor, { registerErrorHook: note, registerResourceHook: note });
    // Pulumi keeps a stack trace for each promise; mapping them all to TypeScript takes most of the
    // time that a test takes.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
        const result = await program();
        await pulumi.runtime.disconnect();
        return { declared: declared.sort((a, b) => (a.key < b.key ? -1 : 1)), result };
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}

/** What an output comes to. One that is unknown would never come to anything. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((known) => void output.apply(known));
}
