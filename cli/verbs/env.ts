import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { managementToken } from "../stack/clusterAccess.ts";
import { writeCaFile } from "./caFile.ts";
import type { Shell } from "./shells.ts";
import { openedCluster, print, type Call, type OpenedCluster, type Verb } from "./verb.ts";

/** The variables by which Consul's own command, and programs that use its libraries, find a cluster. */
const names = ["CONSUL_HTTP_ADDR", "CONSUL_CACERT", "CONSUL_HTTP_TOKEN"] as const;

/**
 * Prints lines that a shell reads: `eval "$(consul-machines env)"`. A token is printed for a shell alone: not on a
 * terminal, where it would stay to be seen, and not as JSON, unless it is asked for.
 */
export const env: Verb = async (call) => {
    const { json, showSecrets, unset, shell = usualShell() } = call.options;
    if (unset) {
        process.stdout.write(`${names.map((name) => unsetLine(shell, name)).join("\n")}\n`);
        return;
    }
    const opened = await openedCluster(call);
    const { variables, token } = await variablesOf(opened);
    const isHidden = token !== undefined && !showSecrets && (json || process.stdout.isTTY);
    const all = {
        ...variables,
        ...(token === undefined || isHidden ? {} : { CONSUL_HTTP_TOKEN: token }),
    };
    const { stack, cluster } = opened;
    const answer = { project: stack.project, stack: stack.stack, cluster: cluster.name };
    const lines = linesFor(shell, all);
    const hint = isHidden ? [hintFor(call, shell)] : [];
    print(call, { ...answer, variables: all }, [...lines, ...hint].join("\n"));
};

async function variablesOf({ cluster }: OpenedCluster) {
    const address = cluster.httpAddress ?? Object.values(cluster.nodes)[0]?.httpAddress;
    if (address === undefined) {
        throw new TaskFailure(
            `The cluster "${cluster.name}" has no node yet: \`pulumi up\` makes what its program declares.`,
            exitCodes.missing,
        );
    }
    const secured = await writeCaFile(cluster);
    return {
        variables: {
            CONSUL_HTTP_ADDR: address,
            ...(secured === undefined ? {} : { CONSUL_CACERT: secured.file }),
        },
        token: managementToken(secured?.rights),
    };
}

/** Lines that set variables. Those of the list that have no value are unset: another cluster's would stay. */
export function linesFor(shell: Shell, variables: Readonly<Record<string, string>>): string[] {
    const others = names.filter((name) => variables[name] === undefined);
    return [
        ...Object.entries(variables).map(([name, value]) => setLine(shell, name, value)),
        ...others.map((name) => unsetLine(shell, name)),
    ];
}

function setLine(shell: Shell, name: string, value: string): string {
    switch (shell) {
        case "posix":
            return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'`;
        case "fish":
            return `set -gx ${name} '${value.replaceAll(/['\\]/g, (one) => `\\${one}`)}'`;
        case "powershell":
            return `$Env:${name} = '${value.replaceAll("'", "''")}'`;
    }
}

function unsetLine(shell: Shell, name: string): string {
    switch (shell) {
        case "posix":
            return `unset ${name}`;
        case "fish":
            return `set -e ${name}`;
        case "powershell":
            return `Remove-Item -ErrorAction SilentlyContinue Env:${name}`;
    }
}

/** A line that every shell takes for a remark. */
function hintFor({ door }: Call, shell: Shell): string {
    const command = door.said("npm run --silent env");
    const line = {
        posix: `eval "$(${command})"`,
        fish: `${command} | source`,
        powershell: `${command} | Out-String | Invoke-Expression`,
    }[shell];
    return `# The token is not shown on a terminal. This sets it, too: ${line}`;
}

/** The shell that this was started from, as far as its variable tells. */
export function usualShell(variables: NodeJS.ProcessEnv = process.env): Shell {
    if (variables.SHELL?.endsWith("/fish") === true) {
        return "fish";
    }
    const isPowershell = variables.PSModulePath !== undefined && variables.SHELL === undefined;
    return isPowershell ? "powershell" : "posix";
}
