import type { Json } from "../../components/agent/agentConfig.ts";
import type { Role } from "../../components/agent/ports.ts";
import type { LeftKey, SourceKey } from "./placed.ts";
import { settingsText } from "./stackFile.ts";

/** What an import found. */
export interface ImportReport {
    readonly project: string;
    readonly stackFile: string;
    readonly isWritten: boolean;
    readonly role: Role;
    /** The one node that the files are of; null for all nodes of the role. */
    readonly node: string | null;
    readonly files: readonly string[];
    readonly skipped: readonly string[];
    readonly settings: Readonly<Record<string, Json>>;
    readonly secrets: readonly (SourceKey & {
        readonly setting: string;
        readonly command: string;
        readonly isSet: boolean;
    })[];
    readonly left: readonly LeftKey[];
    readonly conflicts: readonly string[];
    readonly problems: readonly string[];
    readonly warnings: readonly string[];
}

/** What an import found, for a person. */
export function importText(answer: ImportReport): string {
    const { project, settings, stackFile, isWritten, files, skipped, conflicts, problems } = answer;
    const whose = answer.node ?? `the ${answer.role}s`;
    const title = isWritten
        ? `Written into ${stackFile}, for ${whose}:`
        : `For ${whose}, not written; --write puts it into ${stackFile}:`;
    return [
        `Read ${files.join(", ")}`,
        ...skipped.map((path) => `Not read, as Consul would not: ${path}`),
        ...part(title, indented(settingsText(project, settings))),
        ...part("Secrets, which Pulumi encrypts:", secretLines(answer)),
        ...part("No place in the settings:", leftLines(answer)),
        ...part(
            "The stack says something else; --overwrite takes what the files say:",
            indented(conflicts.join("\n")),
        ),
        ...part("The stack's settings are not sound:", indented(problems.join("\n"))),
        ...part("Allowed, and unwise:", indented(answer.warnings.join("\n"))),
    ].join("\n");
}

function part(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : ["", title, ...lines];
}

function indented(text: string): string[] {
    return text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => `    ${line}`);
}

function secretLines({ secrets }: ImportReport): string[] {
    return secrets.map(({ key, file, setting, command, isSet }) =>
        isSet ? `    ${setting}: set (${key} of ${file})` : `    ${command}   # ${key} of ${file}`,
    );
}

/** Keys of one file that are left out for one reason, in one line. */
function leftLines({ left }: ImportReport): string[] {
    const groups = new Map<string, string[]>();
    for (const { key, file, reason } of left) {
        const group = JSON.stringify([file, reason]);
        groups.set(group, [...(groups.get(group) ?? []), key]);
    }
    return [...groups].map(([group, keys]) => {
        const [file, reason] = JSON.parse(group) as [string, string];
        return `    ${keys.join(", ")} (${file}): ${reason}`;
    });
}
