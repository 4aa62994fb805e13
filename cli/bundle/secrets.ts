import { existsSync, readFileSync } from "node:fs";
import type { ConfigMap } from "@pulumi/pulumi/automation/index.js";
import { parseJson } from "../../scripts/system/json.ts";
import type { AccessFile } from "../../scripts/security/accessFile.ts";
import { secretsOfRights } from "../stack/clusterAccess.ts";
import { textsIn, type StackState, type StateResource } from "../stack/stackState.ts";
import { Redactor, secretName } from "./redactor.ts";
import { secretSettings } from "./settings.ts";

/** Variables of this process that are secrets. */
const ownVariables = [
    "PULUMI_CONFIG_PASSPHRASE",
    "PULUMI_ACCESS_TOKEN",
    "CONSUL_HTTP_TOKEN",
    "CONSUL_HTTP_AUTH",
] as const;

/** Those that name a file with one. */
const ownFiles = ["PULUMI_CONFIG_PASSPHRASE_FILE", "CONSUL_HTTP_TOKEN_FILE"] as const;

/** What is known of a stack's secrets. */
export interface Known {
    readonly state: StackState;
    readonly config: ConfigMap;
    /** Rights of its clusters, as far as they are secured. */
    readonly rights: readonly AccessFile[];
    readonly nodeNames: readonly string[];
    /** Variables that Pulumi runs with besides those of this process. */
    readonly environment: Readonly<Record<string, string>>;
}

/** Takes all secrets of a stack out of a text. */
export function redactorOf({ state, config, rights, nodeNames, environment }: Known): Redactor {
    const secrets = [
        ...state.secrets,
        ...secretSettings(config),
        ...rights.flatMap((one) => secretsOfRights(one, nodeNames)),
        ...state.resources.flatMap(toldBy),
        ...ownSecrets({ ...process.env, ...environment }),
    ];
    const certain = new Set([
        ...rights.flatMap((one) => secretsOfRights(one, nodeNames)),
        ...secretSettings(config),
    ]);
    const open = state.resources.flatMap(openTexts).filter((text) => !certain.has(text));
    return new Redactor(secrets, new Set(open));
}

/** Texts that our own scripts are told in clear, and that components export: they may be in secret requests, too. */
function openTexts({ type, inputs, outputs, secretInputs, urn }: StateResource): string[] {
    if (type.startsWith("consul-machines:")) {
        return [...textsIn(outputs), ...urn.split("::")];
    }
    if (type === "pulumi:providers:docker") {
        const host = typeof inputs.host === "string" ? inputs.host : "";
        return [host, URL.canParse(host) ? new URL(host).hostname : ""];
    }
    return type === "command:local:Command" && !secretInputs.includes("stdin")
        ? textsIn(parseJson(textOf(inputs.stdin))).filter((text) => !text.startsWith("--"))
        : [];
}

/** Secrets that a state has in clear: variables of containers, and options of drivers, by their names. */
function toldBy({ inputs }: StateResource): string[] {
    const words = [...textsIn(inputs.envs), ...textsIn(parseJson(textOf(inputs.stdin)))];
    return words.flatMap((word) => {
        const [, name = "", value = ""] = /^-*([\w-]+)=(.*)$/s.exec(word) ?? [];
        return secretName.test(name) && value !== "" ? [value] : [];
    });
}

function ownSecrets(variables: NodeJS.ProcessEnv): string[] {
    return [
        ...ownVariables.flatMap((name) => variables[name] ?? []),
        ...ownFiles.flatMap((name) => {
            const file = variables[name];
            return file !== undefined && existsSync(file)
                ? [readFileSync(file, "utf8").trim()]
                : [];
        }),
    ];
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : "";
}
