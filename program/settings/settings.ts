import type { z } from "zod";
import type { OneMachine, SeparateMachines } from "../../components/cluster/clusterArgs.ts";
import {
    defaultSnapshotFolder,
    defaultStoreFolder,
    ownerOf,
} from "../../scripts/protocol/names.ts";
import type { KeyPair, Rotation, Security } from "../../scripts/protocol/security.ts";
import { parseJson } from "../../scripts/system/json.ts";
import { adoptProblems } from "./adoptSettings.ts";
import { configSettingWarnings } from "./configSettings.ts";
import { defaultSettings, textSettings } from "./defaults.ts";
import { defaultSubnet } from "./labAddresses.ts";
import {
    driverOptionProblems,
    resolveNodes,
    statedNodes,
    type ResolvedNodes,
} from "./nodeSettings.ts";
import { isSecretName, noSuchSetting, problem, schemaProblems, secretProblem } from "./problems.ts";
import { portSettingProblems } from "./portSettings.ts";
import { fileSettingProblems } from "./fileSettings.ts";
import { secretSettingProblems, withoutSecrets } from "./plainSecrets.ts";
import { progriumWarnings } from "./progriumSettings.ts";
import { rolloutSettingProblems } from "./rolloutSettings.ts";
import {
    broughtAuthority,
    securingWarnings,
    securityOf,
    securitySettingProblems,
} from "./securitySettings.ts";
import { engineSettingProblems } from "./engineSettings.ts";
import { ruleProblems, serverCountWarnings, stackNameProblems } from "./rules.ts";
import { knownDrivers } from "./driverSchema.ts";
import { settingsSchema, type RawSettings } from "./schema.ts";
import { plainHeaderProblems, serviceSettingWarnings } from "./serviceSettings.ts";

/** Settings that are secrets, however they are given. */
const secretSettings: ReadonlySet<string> = new Set(["authority", "gossipKey"]);

/** Whose settings they are. */
export interface SettingsContext {
    readonly project: string;
    readonly stack: string;
    /** Settings that are encrypted in the stack file: no message repeats them. @default none */
    readonly secretKeys?: ReadonlySet<string>;
    /** How far the stack's cluster is secured by now. @default there is no cluster yet */
    readonly madeWith?: Security | undefined;
}

/** The settings of a stack, checked and complete; those of the stack file that need no completion are as they were
 * read. */
export interface Settings extends Readonly<
    Omit<
        RawSettings,
        | "servers"
        | "clients"
        | "oneMachine"
        | "address"
        | "reach"
        | "generations"
        | "dockerMachine"
        | "snapshots"
        | "security"
        | "rotate"
        | "authority"
        | "gossipKey"
    >
> {
    /** The nodes: each with its machine, or one machine for all. */
    readonly nodes: SeparateMachines | OneMachine;
    /** The docker-machine binary. Undefined where none is named. */
    readonly dockerMachine: string | undefined;
    /** How far the cluster is secured. */
    readonly security: Security;
    /** How many times each secret was replaced, where that is stated. */
    readonly rotate: Partial<Rotation>;
    /** The CA that is brought, with its key; undefined where one is made. Secret. */
    readonly authority: KeyPair | undefined;
    /** The gossip key that is brought; undefined where it is derived. Secret. */
    readonly gossipKey: string | undefined;
    /** Folder of the snapshots; undefined where the image's Consul takes none. */
    readonly snapshots: string | undefined;
    /** The lab's network and engine; undefined where no machine is a lab machine. */
    readonly lab: { readonly subnet: string; readonly dockerHost?: string | undefined } | undefined;
}

/** The settings as read, and everything that is wrong with them. */
export interface ReadSettings {
    /** Settings with invalid keys replaced by defaults, so that the environment can be checked in any case and all
     * problems are reported together. */
    readonly sound: Settings;
    /** Undefined if anything is wrong with them. */
    readonly settings: Settings | undefined;
    /** Everything that is wrong, a line each: where, what was found, the rule. */
    readonly problems: readonly string[];
    /** What is allowed and unwise. */
    readonly warnings: readonly string[];
    /** The settings that are encrypted in the stack file. */
    readonly secretKeys: ReadonlySet<string>;
    /** Messages without what is encrypted in the stack file. */
    readonly withoutSecrets: (lines: readonly string[]) => string[];
}

/**
 * Reads a stack's settings from Pulumi's configuration: text by key, JSON for all but strings.
 */
export function readSettings(
    config: Readonly<Record<string, string>>,
    { project, stack, secretKeys = new Set(), madeWith }: SettingsContext,
): ReadSettings {
    const { raw, failed, problems } = readRaw(config, secretKeys);
    const security = securityOf(raw, madeWith);
    const { driver, driverOptions } = raw;
    const stated = statedNodes(raw);
    const lab = driver === "lab" ? knownDrivers.lab.safeParse(driverOptions).data : undefined;
    const subnet = lab?.subnet ?? defaultSubnet(ownerOf(project, stack));
    const wrongOptions = driverOptionProblems(driver, driverOptions, "driverOptions");
    // Options of an invalid driver, and nodes whose options are invalid, cannot be checked.
    const isDriverKnown = !failed.has("driver") && !failed.has("driverOptions");
    const isDriverSound = isDriverKnown && wrongOptions.length === 0;
    const resolved: ResolvedNodes = isDriverSound
        ? resolveNodes(raw, stated, subnet)
        : { nodes: { servers: [] }, settled: stated, problems: [] };
    const isCountKnown = !failed.has("servers");
    const areNodesKnown = isCountKnown && !failed.has("clients");
    problems.push(
        ...stackNameProblems(stack),
        ...(isDriverKnown ? wrongOptions : []),
        ...resolved.problems,
        ...ruleProblems({ ...raw, security }, resolved.settled, stack, isCountKnown),
        ...secretSettingProblems(raw, secretKeys, plainHeaderProblems(raw, stated, secretKeys)),
        ...fileSettingProblems(raw, resolved.settled, secretKeys),
        ...securitySettingProblems(raw, security, madeWith, secretKeys),
        ...adoptProblems(raw, stated, security, madeWith),
        ...engineSettingProblems(raw, stated, secretKeys),
        ...portSettingProblems(raw, security),
        ...(areNodesKnown ? rolloutSettingProblems(raw, stated, security, madeWith) : []),
    );
    const sound = deepFreeze({
        ...raw,
        nodes: resolved.nodes,
        security,
        authority: broughtAuthority(raw),
        gossipKey: raw.gossipKey === "" ? undefined : raw.gossipKey,
        dockerMachine: raw.dockerMachine === "" ? undefined : raw.dockerMachine,
        machineStore: raw.machineStore === "" ? defaultStoreFolder(stack) : raw.machineStore,
        snapshots: snapshotFolder(raw, stack),
        lab: isDriverSound && lab !== undefined ? { ...lab, subnet } : undefined,
    });
    const hidden = (lines: readonly string[]) => withoutSecrets(lines, raw, secretKeys);
    const warnings = [
        ...(isCountKnown ? serverCountWarnings(stated) : []),
        ...progriumWarnings(raw),
        ...serviceSettingWarnings(raw, stated),
        ...configSettingWarnings({ ...raw, security }, resolved.settled),
        ...securingWarnings(security, madeWith),
    ];
    return {
        sound,
        settings: problems.length === 0 ? sound : undefined,
        problems: hidden(problems),
        warnings: hidden(warnings),
        secretKeys,
        withoutSecrets: hidden,
    };
}

function snapshotFolder({ snapshots, imageFlavour }: RawSettings, stack: string) {
    const folder = snapshots === "" ? defaultSnapshotFolder(stack) : snapshots;
    return imageFlavour === "progrium" ? undefined : folder;
}

/** Checks each setting by itself. One that fails has its default in what follows, so that one mistake does not hide
 * another. */
function readRaw(config: Readonly<Record<string, string>>, secretKeys: ReadonlySet<string>) {
    const problems: string[] = [];
    const failed = new Set<string>();
    const raw: Record<string, unknown> = { ...defaultSettings };
    const schemas = new Map<string, z.ZodType>(Object.entries(settingsSchema.shape));
    for (const [key, text] of Object.entries(config)) {
        const schema = schemas.get(key);
        const json = textSettings.has(key) ? undefined : parseJson(text);
        // A value that is no JSON is a plain text.
        const value = json === undefined ? text : json;
        const secret = secretKeys.has(key) || isSecretName(key) || secretSettings.has(key);
        const parsed = schema?.safeParse(value);
        if (parsed?.success === true) {
            raw[key] = parsed.data;
        } else if (parsed === undefined) {
            const rule = noSuchSetting([...schemas.keys()]);
            problems.push(secret ? secretProblem(key, rule) : problem(key, value, rule));
        } else {
            failed.add(key);
            problems.push(...schemaProblems(parsed.error, value, key, secret));
        }
    }
    // Messages about the default's nodes would name nodes that are not in the stack file.
    for (const key of ["servers", "clients"].filter((nodes) => failed.has(nodes))) {
        raw[key] = 0;
    }
    return { raw: settingsSchema.parse(raw), failed, problems };
}

function deepFreeze<T>(value: T): T {
    if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
        Object.freeze(value);
        Object.values(value).forEach(deepFreeze);
    }
    return value;
}
