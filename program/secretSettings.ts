import * as pulumi from "@pulumi/pulumi";
import type {
    ConsulClusterArgs,
    NodeArgs,
    SharedNodeArgs,
} from "../components/cluster/clusterArgs.ts";
import type { Files } from "../components/node/broughtFiles.ts";
import type { SecretArg } from "../components/node/secretArgs.ts";
import type { Settings } from "./settings/settings.ts";

/** The settings from which each argument comes whose values may be secret. */
const origins: Readonly<Record<SecretArg, readonly string[]>> = {
    agentConfig: ["agentConfig", "serverConfig", "clientConfig", "servers", "clients"],
    services: ["servers", "clients", "serverServices", "clientServices"],
};

/**
 * The arguments of a cluster from those settings that may be encrypted in the stack file: what is, stays a secret. Pulumi
 * says it of a setting as a whole, so all that is in one is secret where a part of it is.
 *
 * @param secretKeys the settings that are encrypted.
 */
export function secretSettings(
    { nodes, environment, files, serverFiles, clientFiles }: Settings,
    secretKeys: ReadonlySet<string>,
) {
    const kept = (key: string, given: Files) => (secretKeys.has(key) ? secretFiles(given) : given);
    const listed = <Node extends SharedNodeArgs>(key: string, list: readonly Node[]): Node[] =>
        list.map((node) => {
            return node.files === undefined ? node : { ...node, files: kept(key, node.files) };
        });
    const secretArgs = (["agentConfig", "services"] as const).filter((arg) =>
        origins[arg].some((key) => secretKeys.has(key)),
    );
    const { clients = [] } = nodes;
    return {
        ...(nodes.machine === undefined
            ? {
                  ...nodes,
                  servers: listed<NodeArgs>("servers", nodes.servers),
                  clients: listed<NodeArgs>("clients", nodes.clients ?? []),
              }
            : {
                  ...nodes,
                  servers: listed<SharedNodeArgs>("servers", nodes.servers),
                  clients: listed<SharedNodeArgs>("clients", clients),
              }),
        ...(secretKeys.has("environment") ? { secretEnvironment: environment } : { environment }),
        files: kept("files", files),
        serverFiles: kept("serverFiles", serverFiles),
        clientFiles: kept("clientFiles", clientFiles),
        secretArgs,
    } satisfies Partial<ConsulClusterArgs>;
}

/** The text of a file on this computer is none of the stack file. */
function secretFiles(files: Files): Files {
    return Object.fromEntries(
        Object.entries(files).map(([path, file]) => [
            path,
            file.content === undefined ? file : { ...file, content: pulumi.secret(file.content) },
        ]),
    );
}
