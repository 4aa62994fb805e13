import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { property } from "../../scripts/system/json.ts";
import { placeOf, type DeclaredSettings, type ProgramPlace } from "./stackSettings.ts";

const settings = z.record(z.string(), z.unknown());
const projectFile = z.looseObject({ name: z.string(), config: settings.nullish() });
const stackFile = z.looseObject({ config: settings.nullish() });

/**
 * Reads Pulumi.yaml and the stack's own file without Pulumi's CLI, which may have to be built first: enough to know
 * which images and machines the stack needs.
 *
 * @param place of the program. @default the main program's, with the stack that `npm start` brings up
 * @throws Error where a file is not there, or is not what Pulumi takes.
 */
export function declaredSettings(place: ProgramPlace = placeOf()): DeclaredSettings {
    const { folder, stackName, configFile = `Pulumi.${stackName}.yaml` } = place;
    const read = (file: string): unknown => parse(readFileSync(file, "utf8"));
    const { name, config: declared } = projectFile.parse(read(join(folder, "Pulumi.yaml")));
    const { config } = stackFile.parse(read(resolve(folder, configFile)) ?? {});
    return { project: { name, config: declared ?? {} }, stack: { config: config ?? {} } };
}

/**
 * The variable by which Pulumi's language host tells a program which of its settings are encrypted. A program that runs
 * in this process has no language host.
 */
export const secretKeysVariable = "PULUMI_CONFIG_SECRET_KEYS";

/** The settings of a stack file that are encrypted, whole or in part, by their full names. */
export function encryptedKeys({ config }: DeclaredSettings["stack"]): string[] {
    return Object.entries(config ?? {})
        .filter(([, value]) => hasEncrypted(value))
        .map(([name]) => name);
}

/** Settings as Pulumi hands them to a program. What is encrypted says nothing about hosts: a setting with something of it
 * is left out, but for the nodes, in which another text takes its place. */
export function textsOf({ project, stack }: DeclaredSettings): Readonly<Record<string, string>> {
    const prefix = `${project.name}:`;
    const texts = Object.entries(stack.config ?? {}).flatMap(([key, value]) => {
        const name = key.slice(prefix.length);
        const isOfNodes = ["servers", "clients"].includes(name);
        const isLeftOut = isOfNodes ? isEncrypted(value) : hasEncrypted(value);
        return !key.startsWith(prefix) || isLeftOut
            ? []
            : [
                  [
                      name,
                      typeof value === "string" ? value : JSON.stringify(replaced(value)),
                  ] as const,
              ];
    });
    return Object.fromEntries(texts);
}

/** Whether a value is what Pulumi has encrypted. */
function isEncrypted(value: unknown): boolean {
    return typeof property(value, "secure") === "string";
}

function hasEncrypted(value: unknown): boolean {
    return (
        isEncrypted(value) ||
        (typeof value === "object" && value !== null && Object.values(value).some(hasEncrypted))
    );
}

function replaced(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(replaced);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return isEncrypted(value)
        ? "encrypted"
        : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, replaced(inner)]));
}
