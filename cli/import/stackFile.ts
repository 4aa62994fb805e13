import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Document, parse, parseDocument } from "yaml";
import { z } from "zod";
import type { Json, JsonObject } from "../../components/agent/agentConfig.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";

const projectSchema = z.looseObject({
    name: z.string(),
    config: z.record(z.string(), z.unknown()).nullish(),
    stackConfigDir: z.string().optional(),
});

const settingsSchema: z.ZodType<Readonly<Record<string, Json>>> = z.record(z.string(), z.json());

/** A stack's file, and the project that it is of. */
export class StackFile {
    readonly project: string;
    /** The settings that the project's file declares. */
    readonly declared: ReadonlySet<string>;
    readonly path: string;
    readonly #document: Document;

    /**
     * @param folder with the project's file.
     * @throws TaskFailure where a file is not what Pulumi takes.
     */
    constructor(folder: string, stack: string) {
        const file = join(folder, "Pulumi.yaml");
        const {
            name,
            config,
            stackConfigDir = ".",
        } = read(file, () => projectSchema.parse(parse(readFileSync(file, "utf8"))));
        this.project = name;
        this.declared = new Set(Object.keys(config ?? {}));
        this.path = join(folder, stackConfigDir, `Pulumi.${stack}.yaml`);
        const text = existsSync(this.path) ? readFileSync(this.path, "utf8") : "";
        this.#document = read(this.path, () => {
            const document = parseDocument(text);
            if (document.errors[0] !== undefined) {
                throw document.errors[0];
            }
            return document;
        });
    }

    /** The program's settings as they are; what is encrypted is a map with the key `secure`. */
    get settings(): Readonly<Record<string, Json>> {
        const whole: unknown = this.#document.toJS();
        const { config } = z
            .looseObject({ config: z.unknown() })
            .catch({ config: {} })
            .parse(whole ?? {});
        const prefix = `${this.project}:`;
        const all = settingsSchema.catch({}).parse(config ?? {});
        const own = Object.entries(all).filter(([key]) => key.startsWith(prefix));
        return Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value]));
    }

    /** Writes settings in place of those of their names, and leaves all else as it is, comments too. */
    write(settings: Readonly<Record<string, Json>>): void {
        const before = this.settings;
        for (const [key, value] of Object.entries(settings)) {
            if (!isDeepStrictEqual(before[key], value)) {
                this.#document.setIn(
                    ["config", `${this.project}:${key}`],
                    this.#document.createNode(value),
                );
            }
        }
        writeFileSync(this.path, yamlText(this.#document));
    }
}

/** The lines of a stack's file that have these settings. */
export function settingsText(project: string, settings: Readonly<Record<string, Json>>): string {
    const named = Object.entries(settings).map(([key, value]) => [`${project}:${key}`, value]);
    return yamlText(new Document({ config: Object.fromEntries(named) as JsonObject }));
}

function yamlText(document: Document): string {
    return document.toString({ indent: 4, lineWidth: 0 });
}

function read<T>(file: string, reading: () => T): T {
    try {
        return reading();
    } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        throw new TaskFailure(`${file}: ${said.split("\n")[0] ?? ""}`);
    }
}

/**
 * The stack whose file it is: the one that is named, else the only one that has a file in the folder.
 *
 * @throws TaskFailure where that cannot be told.
 */
export function stackNamed(folder: string, stack: string | undefined): string {
    if (stack !== undefined) {
        return stack.slice(stack.lastIndexOf("/") + 1);
    }
    const all = readdirSync(folder).flatMap((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1] ?? []);
    const [only] = all;
    if (only === undefined || all.length > 1) {
        const found = all.length === 0 ? "there is none yet" : `there are ${all.sort().join(", ")}`;
        throw new TaskFailure(
            `--stack: name the stack whose file it is; ${found}`,
            exitCodes.misused,
        );
    }
    return only;
}
