import { delimiter, dirname, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { projectRoot } from "../tools/paths.ts";
import type { Pulumi } from "../tools/pulumi.ts";
import { backendFolder, passphraseFile } from "./environment.ts";
import { stackName } from "./stackSettings.ts";

/**
 * How a person logs in to the UI of a secured cluster, and trusts its certificates.
 *
 * @param demandsCertificate whether its API wants one of its callers.
 */
export function loginLines(
    { path }: Pick<Pulumi, "path">,
    env: NodeJS.ProcessEnv = process.env,
    demandsCertificate = false,
): string[] {
    const output = `${commandOf(path, env)} stack output --stack ${stackName}`;
    const variables = variablesOf(env);
    return [
        "",
        "It asks for a token. This prints the one that may do everything; and what your browser, and",
        "`curl --cacert`, know the cluster's certificates by:",
        ...(variables.length === 0 ? [] : [`  export ${variables.join(" ")}`]),
        `  ${output} --show-secrets managementToken`,
        `  ${output} caCertificate > ca.pem`,
        "Consul's command, and the one with curl below, read it from a variable:",
        `  export CONSUL_HTTP_TOKEN=$(${output} --show-secrets managementToken)`,
        ...(demandsCertificate
            ? [
                  "",
                  "It demands a certificate as well: `curl --cert client.pem --key client-key.pem`; for a browser make",
                  "one file of both and import it.",
                  `  ${output} clientCertificate > client.pem`,
                  `  (umask 077; ${output} --show-secrets clientKey > client-key.pem)`,
                  "  openssl pkcs12 -export -in client.pem -inkey client-key.pem -out client.p12",
              ]
            : []),
    ];
}

/** The CLI as it is typed in the project's folder. */
function commandOf(path: string, env: NodeJS.ProcessEnv): string {
    const folder = dirname(path);
    const inside = relative(projectRoot, path);
    // What this project fetched is on PATH for its own tasks only.
    if (!inside.startsWith("..")) {
        return inside;
    }
    return (env.PATH ?? "").split(delimiter).includes(folder) ? "pulumi" : path;
}

/** What Pulumi has to be told of a state in the project's folder; nothing of one that is elsewhere. */
function variablesOf(env: NodeJS.ProcessEnv): string[] {
    const backend = pathToFileURL(backendFolder).href;
    const isGenerated = env.PULUMI_CONFIG_PASSPHRASE_FILE === passphraseFile;
    return [
        ...(env.PULUMI_BACKEND_URL === backend ? [`PULUMI_BACKEND_URL=${backend}`] : []),
        ...(isGenerated ? [`PULUMI_CONFIG_PASSPHRASE_FILE=${passphraseFile}`] : []),
    ];
}
