// The door of every npm script: runs on Node 20, finds or fetches what the rest needs, and then
// runs cli/<name>.ts on it. Plain JavaScript, and no package, since none may be installed yet.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNode, installPackages } from "./tools/node.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} folder */
function taskNames(folder) {
    return readdirSync(folder)
        .filter((file) => file.endsWith(".ts"))
        .map((file) => file.slice(0, -".ts".length));
}

/**
 * The environment of a task: its own Node and the project's tools lead PATH.
 *
 * @param {string} node the Node to run on
 */
function taskEnvironment(node) {
    const path = [dirname(node), join(root, ".tools", "bin"), process.env.PATH ?? ""];
    return {
        ...process.env,
        // Go, npm and Pulumi all refuse to work, each in its own words, with an empty home.
        HOME: process.env.HOME || userInfo().homedir,
        PATH: path.join(delimiter),
        // Pulumi's SDK talks to the CLI on this computer, which its gRPC library would do by a proxy, too.
        no_grpc_proxy: "127.0.0.1,localhost",
        // Node reads the usual proxy variables only when told to.
        NODE_USE_ENV_PROXY: process.env.NODE_USE_ENV_PROXY ?? "1",
    };
}

/**
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function runTask(node, args, env) {
    const child = spawn(node, args, { cwd: root, env, stdio: "inherit" });
    // The task decides when to end, this only waits for it. A terminal sends Ctrl-C to both; the task takes two of
    // them as one, but Vitest takes the second as an order to drop everything.
    process.on("SIGINT", () => task === "test" || child.kill("SIGINT"));
    process.on("SIGTERM", () => child.kill("SIGTERM"));
    child.on("exit", (code, signal) => process.exit(signal === null ? code : 1));
}

const [task = "", ...args] = process.argv.slice(2);
const file = join(root, "cli", `${task}.ts`);
try {
    if (!existsSync(file)) {
        const names = taskNames(join(root, "cli")).join(", ");
        throw new Error(`task: got "${task}"; expected one of ${names}`);
    }
    const node = findNode(root);
    const env = taskEnvironment(node);
    installPackages(root, env);
    runTask(node, [file, ...args], env);
} catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
}
