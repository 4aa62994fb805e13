import type { ClusterConfig } from "../../components/agent/layeredConfig.ts";
import { allLayers } from "../../components/cluster/configProblems.ts";
import { fileProblems, missingFiles } from "../../components/node/fileProblems.ts";
import type { RawFiles } from "./fileSchema.ts";
import type { SettledNode } from "./nodeSettings.ts";

/** The settings that have files for agents. */
export interface FileSettings extends ClusterConfig {
    readonly files: RawFiles;
    readonly serverFiles: RawFiles;
    readonly clientFiles: RawFiles;
}

/**
 * What is wrong with the files that the settings bring.
 *
 * @param secretKeys the settings that are encrypted in the stack file.
 */
export function fileSettingProblems(
    raw: FileSettings,
    nodes: readonly SettledNode[],
    secretKeys: ReadonlySet<string>,
): string[] {
    const ofAll = (["files", "serverFiles", "clientFiles"] as const).map((key) => {
        return { at: key, key, files: raw[key] };
    });
    const ofNodes = nodes.map(({ path, role, files = {} }) => {
        return { at: `${path}.files`, key: `${role}s`, files };
    });
    const places = [...ofAll, ...ofNodes];
    const declared = places.flatMap(({ files }) => Object.keys(files));
    const ofFiles = places.flatMap(({ at, key, files }) => {
        const isSecret = secretKeys.has(key);
        return [...fileProblems(at, files, isSecret), ...(isSecret ? [] : inClear(at, files))];
    });
    const configured = nodes.map((node) => ({ ...node, path: `${node.path}.agentConfig` }));
    const named = allLayers(raw, configured).flatMap(({ path, config }) =>
        missingFiles(path, config, declared),
    );
    return [...ofFiles, ...named];
}

/** Secrets that are in clear in the stack file, and said to be some. */
function inClear(at: string, files: RawFiles): string[] {
    return Object.entries(files).flatMap(([path, { content, secret = false }]) => {
        const here = `${at}[${JSON.stringify(path)}].content`;
        return secret && content !== undefined
            ? [`${here}: it is a secret, and in clear in the stack file; run ${setSecret(here)}`]
            : [];
    });
}

/** The command that sets a setting as a secret. */
export function setSecret(path: string): string {
    return `\`pulumi config set --secret --path '${path}'\``;
}
