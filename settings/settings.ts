import type { NodeArgs } from "../components/clusterArgs.ts";
import type { JsonObject } from "../components/agentConfig.ts";
import { defaultSettings, textSettings } from "./defaults.ts";
import { defaultSubnet } from "./labAddresses.ts";
import { knownDriver, resolveNode, statedNodes } from "./nodes.ts";
import { problem, schemaProblems } from "./problems.ts";
import {
    agentConfigProblems,
    nodeSetProblems,
    plainSecretProblems,
    serverCountProblems,
    serverCountWarnings,
    stackNameProblems,
} from "./rules.ts";
import { settingsSchema, type RawSettings } from "./schema.ts";

/** Whose settings they are. */
export interface SettingsContext {
    readonly project: string;
    readonly stack: string;
}

/** The settings of a stack, checked and complete. */
export interface Settings {
    readonly servers: readonly NodeArgs[];
    readonly clients: readonly NodeArgs[];
    readonly driver: string;
    readonly driverOptions: RawSettings["driverOptions"];
    /** A reference to pull, or the path of an archive. */
    readonly image: string;
    readonly datacenter: string;
    readonly join: readonly string[];
    readonly recursors: readonly string[];
    readonly dnsOnBridge: boolean;
    readonly agentConfig: JsonObject;
    readonly environment: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
    /** Undefined where none is named. */
    readonly dockerMachine: string | undefined;
    readonly machineStore: string;
    /** The lab's network and engine; undefined where no machine is a lab machine. */
    readonly lab: { readonly subnet: string; readonly dockerHost?: string } | undefined;
}

/** What reading settings comes to. */
export interface ReadSettings {
    /** Undefined if anything is wrong with them. */
    readonly settings: Settings | undefined;
    /** Everything that is wrong, a line each: where, what was found, the rule. */
    readonly problems: readonly string[];
    /** What is allowed and unwise. */
    readonly warnings: readonly string[];
}

/**
 * Reads a stack's settings, given as Pulumi hands them out: text by key, JSON for all but strings.
 */
export function readSettings(
    config: Readonly<Record<string, string>>,
    { project, stack }: SettingsContext,
): ReadSettings {
    const { raw, problems } = readRaw(config);
    problems.push(...stackNameProblems(stack));
    const known = knownDriver(raw.driver);
    const options = known?.safeParse(raw.driverOptions);
    if (options?.success === false) {
        problems.push(...schemaProblems(options.error, raw.driverOptions, ["driverOptions"]));
    }
    const subnet = labOption(raw, "subnet") ?? defaultSubnet(`${project}/${stack}`);
    const stated = [...statedNodes(raw.servers, "server"), ...statedNodes(raw.clients, "client")];
    const context = { driver: raw.driver, options: raw.driverOptions, subnet };
    const resolved = stated.map((node) => resolveNode(node, context));
    problems.push(...resolved.flatMap((node) => node.problems));
    problems.push(
        ...nodeSetProblems(
            stated.map((node, index) => {
                const machine = resolved[index]?.node?.machine;
                const settled =
                    machine !== undefined && "address" in machine ? machine.address : undefined;
                return { ...node, settledAddress: settled };
            }),
            stack,
        ),
    );
    const servers = stated.filter(({ role }) => role === "server").length;
    problems.push(
        ...serverCountProblems(servers, raw.join),
        ...plainSecretProblems(raw),
        ...agentConfigProblems(raw),
    );
    const nodes = resolved.flatMap(({ node }) => (node === undefined ? [] : [node]));
    const dockerHost = labOption(raw, "dockerHost");
    const settings: Settings = {
        ...raw,
        agentConfig: raw.agentConfig as JsonObject,
        servers: nodes.slice(0, servers),
        clients: nodes.slice(servers),
        dockerMachine: raw.dockerMachine === "" ? undefined : raw.dockerMachine,
        machineStore: raw.machineStore === "" ? `.state/machines/${stack}` : raw.machineStore,
        lab:
            raw.driver === "lab"
                ? { subnet, ...(dockerHost === undefined ? {} : { dockerHost }) }
                : undefined,
    };
    return {
        settings: problems.length === 0 ? deepFreeze(settings) : undefined,
        problems,
        warnings: serverCountWarnings(servers),
    };
}

function labOption(raw: RawSettings, option: string): string | undefined {
    const value = raw.driver === "lab" ? raw.driverOptions[option] : undefined;
    return typeof value === "string" ? value : undefined;
}

/** Checks each setting by itself. One that fails counts as unsaid in what follows, so that one
 * mistake does not hide another. */
function readRaw(config: Readonly<Record<string, string>>): {
    raw: RawSettings;
    problems: string[];
} {
    const problems: string[] = [];
    const raw: Record<string, unknown> = { ...defaultSettings };
    const shape: Readonly<
        Record<string, { safeParse: typeof settingsSchema.shape.driver.safeParse }>
    > = settingsSchema.shape as never;
    for (const [key, text] of Object.entries(config)) {
        const schema = shape[key];
        const value = textSettings.has(key) ? text : fromJson(text);
        if (schema === undefined) {
            const all = Object.keys(shape).join(", ");
            problems.push(problem(key, value, `there is no such setting; there are ${all}`));
            continue;
        }
        const parsed = schema.safeParse(value);
        if (parsed.success) {
            raw[key] = parsed.data;
        } else {
            problems.push(...schemaProblems(parsed.error, value, [key]));
        }
    }
    return { raw: raw as RawSettings, problems };
}

/** What was meant by a text that is not JSON is the text. */
function fromJson(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return text;
    }
}

function deepFreeze<T>(value: T): T {
    if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value);
        Object.values(value).forEach(deepFreeze);
    }
    return value;
}
