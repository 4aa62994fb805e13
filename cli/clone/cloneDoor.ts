import { resolve } from "node:path";
import { gatherComputer } from "../doctor/gather/computer.ts";
import { exitCodes } from "../show/exitCodes.ts";
import { TaskFailure } from "../show/task.ts";
import { backendOf, currentLogin, pulumiEnvironment } from "../stack/environment.ts";
import { findStack, projectFolder, type StackChoice } from "../stack/openStack.ts";
import { commandOf, placeOf, stackName } from "../stack/stackSettings.ts";
import { runVerb } from "../stack/verbs.ts";
import { stackPlaceOf } from "../stack/stackPlaces.ts";
import { obtain } from "../tools/obtain.ts";
import { projectRoot } from "../tools/paths.ts";
import { pulumiTool } from "../tools/pulumi.ts";
import { printStatus } from "../verbs/start.ts";
import { print, type Call, type Door } from "../verbs/verb.ts";
import { startClone } from "./start.ts";
import { stopClone } from "./stop.ts";

/**
 * A clone of this project: its own stacks are looked for where `npm start` and `npm run up` make them, too, and Pulumi's
 * CLI where these get it from.
 */
export const cloneDoor: Door = {
    said: (text) => text,
    find: async (choice) => {
        const pulumi = await commandOf(await obtain(pulumiTool, { only: "find" }));
        const login = currentLogin();
        if (!isOwn(choice)) {
            const environment = pulumiEnvironment(process.env, login);
            return { pulumi, place: await findStack(choice, pulumi, environment) };
        }
        const name = choice.stack ?? stackName;
        const place = stackPlaceOf(placeOf(name));
        if (place === undefined) {
            const backend = backendOf(process.env, login);
            throw new TaskFailure(
                name === stackName
                    ? "No cluster runs: `npm start` brings one up. For one that was made elsewhere, name its " +
                          "program's folder with `--cwd`, or an agent with `--address http://10.0.0.11:8500`."
                    : `--stack: got "${name}", of which there is nothing in ${backend}; \`npm run up -- --stack ${name}\` makes it`,
                exitCodes.missing,
            );
        }
        return { pulumi, place };
    },
    tools: async () => (await gatherComputer()).tools,
    hosts: async ({ options }) => {
        // It reads settings by the program's own rules, which no other command needs.
        const { lookAtStackHosts } = await import("./hosts.ts");
        process.chdir(projectRoot);
        return lookAtStackHosts(placeOf(options.stack ?? stackName));
    },
    settingsCheck: async (texts, owner) =>
        (await import("./settingsCheck.ts")).checkSettings(texts, owner),
    own: {
        start: async (call) => {
            const { servers, json, stack = stackName, yes } = call.options;
            if (!isOwn(call.options)) {
                return false;
            }
            if (stack === stackName) {
                const summary = await startClone({ servers }, json ? process.stderr : undefined);
                if (json) {
                    await printStatus(call);
                } else {
                    print(call, {}, summary);
                }
                return true;
            }
            return operated(call, "up", ["--stack", stack, ...(yes ? ["--yes"] : [])]);
        },
        stop: async (call) => {
            const { json, stack = stackName, yes, remove } = call.options;
            if (!isOwn(call.options)) {
                return false;
            }
            if (stack === stackName) {
                await stopClone(json ? process.stderr : undefined);
                return true;
            }
            const words = ["--stack", stack, ...(yes ? ["--yes"] : [])];
            return operated(call, "destroy", remove ? [...words, "--remove"] : words);
        },
    },
};

/** Whether a stack of this project's own program is meant. */
function isOwn({ cwd }: StackChoice): boolean {
    return cwd === undefined || projectFolder(resolve(cwd)) === projectRoot;
}

/** What `npm run up` and `npm run destroy` do. Their output is Pulumi's own, and no JSON. */
async function operated(
    { options }: Call,
    verb: "up" | "destroy",
    words: readonly string[],
): Promise<boolean> {
    if (options.json) {
        return false;
    }
    await runVerb(verb, words);
    return true;
}
