import { readContainerFiles } from "../../../scripts/docker/containerFile.ts";
import type { EngineApi } from "../../../scripts/docker/engineApi.ts";
import {
    certificateFile,
    cliTokenFile,
    configDirectory,
    keyringFile,
    tokensFile,
} from "../../../scripts/protocol/agentFiles.ts";
import type { FileFacts } from "../facts.ts";

/** The files of an agent that have secrets in them. */
const secretFiles = [tokensFile, cliTokenFile, certificateFile, keyringFile];

/** Looks at the files of a secured agent that have secrets in them; keeps nothing of what they have. */
export async function askSecretFiles(engine: EngineApi, container: string): Promise<FileFacts[]> {
    const [configuration, keyring] = await Promise.all([
        readContainerFiles(engine, container, configDirectory),
        readContainerFiles(engine, container, keyringFile),
    ]);
    const all = new Map([...configuration, ...keyring]);
    return secretFiles.flatMap((path) => {
        const file = all.get(path);
        return file === undefined ? [] : [{ path, mode: file.mode, uid: file.uid }];
    });
}
