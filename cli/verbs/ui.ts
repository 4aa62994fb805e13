import spawn from "nano-spawn";
import { describeError } from "../../scripts/system/progress.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { writeCaFile } from "./caFile.ts";
import { openedCluster, print, type Verb } from "./verb.ts";

/** Says where Consul's UI is, and how to log in; with `--open` it opens it in a browser. */
export const ui: Verb = async (call) => {
    const { stack, cluster } = await openedCluster(call);
    const { uiUrl: url } = cluster;
    if (url === undefined && cluster.httpAddress !== undefined) {
        throw new TaskFailure(
            `The cluster "${cluster.name}" serves no web UI: its configuration says so ("ui_config").`,
            exitCodes.missing,
        );
    }
    if (url === undefined) {
        throw new TaskFailure(
            `The cluster "${cluster.name}" was not completed: \`pulumi up\` goes on with it.`,
            exitCodes.missing,
        );
    }
    const secured = await writeCaFile(cluster);
    const login =
        secured === undefined
            ? []
            : [
                  "",
                  `Its certificate is of the stack's own CA, which a browser can be told to trust: ${secured.file}`,
                  `It asks for a token: ${call.door.said("npm run --silent env -- --show-secrets")}`,
              ];
    const answer = { project: stack.project, stack: stack.stack, cluster: cluster.name };
    print(call, { ...answer, url, caFile: secured?.file ?? null }, [url, ...login].join("\n"));
    if (call.options.open) {
        await open(url);
    }
};

/** What opens an address on each system. */
const openers: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
    darwin: ["open"],
    win32: ["explorer.exe"],
};

async function open(url: string): Promise<void> {
    const [program, ...words] = openers[process.platform] ?? ["xdg-open"];
    try {
        await spawn(program, [...words, url]);
    } catch (error) {
        throw new TaskFailure(`--open: no browser could be started: ${describeError(error)}`);
    }
}
