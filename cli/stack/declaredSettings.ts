import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
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

/** Settings as Pulumi hands them to a program. Those that are encrypted say nothing about hosts. */
export function textsOf({ project, stack }: DeclaredSettings): Readonly<Record<string, string>> {
    const prefix = `${project.name}:`;
    const texts = Object.entries(stack.config ?? {}).flatMap(([key, value]) => {
        const isSecret = typeof value === "object" && value !== null && "secure" in value;
        return !key.startsWith(prefix) || isSecret
            ? []
            : [
                  [
                      key.slice(prefix.length),
                      typeof value === "string" ? value : JSON.stringify(value),
                  ] as const,
              ];
    });
    return Object.fromEntries(texts);
}
