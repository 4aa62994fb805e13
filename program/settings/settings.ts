import type * as z from "zod";
import type { NodeArgs } from "../../components/cluster/clusterArgs.ts";
import type { JsonObject } from "../../components/agent/agentConfig.ts";
import type { ImageFlavour } from "../../scripts/protocol/formation.ts";
import type { Role } from "../../components/agent/ports.ts";
import { defaultSettings, textSettings } from "./defaults.ts";
import { defaultSubnet } from "./labAddresses.ts";
import { driverOptionProblems, resolveNode, statedNodes } from "./nodeSettings.ts";
import { oneMachineProblems, sharedNodes } from "./oneMachine.ts";
import { progriumSettingProblems, progriumWarnings } from "./progriumSettings.ts";
import { noSuchSetting, problem, schemaProblems, secretProblem } from "./problems.ts";
import {
    agentConfigProblems,
    generationProblems,
    joinProblems,
    labelProblems,
    nodeSetProblems,
    plainSecretProblems,
    serverCountProblems,
    serverCountWarnings,
    stackNameProblems,
} from "./rules.ts";
import { nodeKeys, settingsSchema, type RawSettings } from "./schema.ts";
import { isSecretName } from "./secretNames.ts";

/** Whose settings they are. */
export interface SettingsContext {
    readonly project: string;
    readonly stack: string;
    /** Settings that are encrypted in the stack file: no message repeats them. @default none */
    readonly secretKeys?: ReadonlySet<string>;
}

/** The settings of a stack, checked and complete. */
export interface Settings {
    readonly servers: readonly NodeArgs[];
    readonly clients: readonly NodeArgs[];
    /** Whether all nodes share one machine, which then is the machine of each. */
    readonly oneMachine: boolean;
    readonly driver: string;
    readonly driverOptions: RawSettings["driverOptions"];
    /** A reference to pull, or the path of an archive. */
    readonly image: string;
    readonly imageFlavour: ImageFlavour;
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
    /** Where snapshots are kept; undefined where the image's Consul takes none. */
    readonly snapshots: string | undefined;
    /** The lab's network and engine; undefined where no machine is a lab machine. */
    readonly lab: { readonly subnet: string; readonly dockerHost?: string } | undefined;
}

/** What reading settings comes to. */
export interface ReadSettings {
    /** What is sound of the settings, the rest as if it had not been said: enough to look at the
     * surroundings, so that these are told of in the same breath. */
    readonly sound: Settings;
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
    { project, stack, secretKeys = new Set() }: SettingsContext,
): ReadSettings {
    const { raw, failed, problems } = readRaw(config, secretKeys);
    const { driver, driverOptions } = raw;
    problems.push(...stackNameProblems(stack));
    const wrongOptions = driverOptionProblems(driver, driverOptions, ["driverOptions"]);
    // What the options of a wrong driver, or the nodes without them, come to is anyone's guess.
    const isDriverSound = !failed.has("driver") && !failed.has("driverOptions");
    problems.push(...(isDriverSound ? wrongOptions : []));
    const subnet = labOption(raw, "subnet") ?? defaultSubnet(`${project}/${stack}`);
    const stated = [...statedNodes(raw.servers, "server"), ...statedNodes(raw.clients, "client")];
    const context = { driver, options: driverOptions, subnet, generations: raw.generations };
    const resolved =
        isDriverSound && wrongOptions.length === 0
            ? raw.oneMachine
                ? sharedNodes(stated, raw.address, context)
                : stated.map((node) => resolveNode(node, context))
            : [];
    // All nodes of a count share one path, and so their problems.
    problems.push(...new Set(resolved.flatMap((node) => node.problems)));
    const settled = stated.map((node, index) => {
        const machine = resolved[index]?.node?.machine;
        const isAddressed = machine !== undefined && "address" in machine && !raw.oneMachine;
        return { ...node, settledAddress: isAddressed ? machine.address : undefined };
    });
    const servers = stated.filter(({ role }) => role === "server").length;
    const isCountKnown = !failed.has("servers");
    problems.push(
        ...nodeSetProblems(settled, stack),
        ...(isCountKnown ? serverCountProblems(servers, raw.join) : []),
        ...generationProblems(
            raw,
            stated.map(({ name }) => name),
        ),
        ...joinProblems(settled, raw.join),
        ...oneMachineProblems(raw, stated),
        ...progriumSettingProblems(raw, stated),
        ...labelProblems(raw.labels),
        ...plainSecretProblems(raw),
        ...agentConfigProblems(raw),
    );
    const made = (role: Role) =>
        resolved.flatMap(({ node }, index) =>
            node !== undefined && stated[index]?.role === role ? [node] : [],
        );
    const nodes = { servers: made("server"), clients: made("client") };
    const isLabSound = driver === "lab" && isDriverSound && wrongOptions.length === 0;
    const sound = deepFreeze(settle(raw, nodes, isLabSound ? subnet : undefined, stack));
    return {
        sound,
        settings: problems.length === 0 ? sound : undefined,
        problems,
        warnings: [...(isCountKnown ? serverCountWarnings(servers) : []), ...progriumWarnings(raw)],
    };
}

/** Says what the settings leave to be filled in. */
function settle(
    raw: RawSettings,
    nodes: Pick<Settings, "servers" | "clients">,
    subnet: string | undefined,
    stack: string,
): Settings {
    const dockerHost = labOption(raw, "dockerHost");
    return {
        ...raw,
        ...nodes,
        agentConfig: raw.agentConfig,
        dockerMachine: raw.dockerMachine === "" ? undefined : raw.dockerMachine,
        machineStore: raw.machineStore === "" ? `.state/machines/${stack}` : raw.machineStore,
        snapshots: snapshotFolder(raw, stack),
        lab:
            subnet === undefined
                ? undefined
                : { subnet, ...(dockerHost === undefined ? {} : { dockerHost }) },
    };
}

function snapshotFolder({ snapshots, imageFlavour }: RawSettings, stack: string) {
    const folder = snapshots === "" ? `.state/snapshots/${stack}` : snapshots;
    return imageFlavour === "progrium" ? undefined : folder;
}

function labOption(raw: RawSettings, option: string): string | undefined {
    const value = raw.driver === "lab" ? raw.driverOptions[option] : undefined;
    return typeof value === "string" ? value : undefined;
}

/** Settings each checked by itself. */
interface CheckedRaw {
    readonly raw: RawSettings;
    /** The settings that are not of the right form. */
    readonly failed: ReadonlySet<string>;
    readonly problems: string[];
}

/** Checks each setting by itself. One that fails counts as unsaid in what follows, so that one
 * mistake does not hide another. */
function readRaw(
    config: Readonly<Record<string, string>>,
    secretKeys: ReadonlySet<string>,
): CheckedRaw {
    const problems: string[] = [];
    const failed = new Set<string>();
    const raw: Record<string, unknown> = { ...defaultSettings };
    const schemas = new Map<string, z.ZodType>(Object.entries(settingsSchema.shape));
    for (const [key, text] of Object.entries(config)) {
        const schema = schemas.get(key);
        const value = textSettings.has(key) ? text : fromJson(text);
        const secret = secretKeys.has(key) || isSecretName(key);
        const parsed = schema?.safeParse(value);
        if (parsed?.success === true) {
            raw[key] = parsed.data;
        } else if (parsed === undefined) {
            const rule = noSuchSetting([...schemas.keys()]);
            problems.push(secret ? secretProblem(key, rule) : problem(key, value, rule));
        } else {
            failed.add(key);
            const place = { prefix: [key], known: nodeKeys, secret };
            problems.push(...schemaProblems(parsed.error, value, place));
        }
    }
    // No nodes at all rather than those of the default, of which nobody spoke.
    const unsaid = [...failed].filter((key) => key === "servers" || key === "clients");
    const none = Object.fromEntries(unsaid.map((key) => [key, 0]));
    return { raw: { ...(raw as RawSettings), ...none }, failed, problems };
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
