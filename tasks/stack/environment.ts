import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stateFolder } from "../../tools/paths.ts";

/** The folder of the local state, when no other backend is asked for. */
export const backendFolder: string = join(stateFolder, "pulumi");

/** The passphrase made for local state; losing it loses the state's secrets. */
export const passphraseFile: string = join(stateFolder, "passphrase");

/** Variables of a shell that would send docker, or Pulumi's docker plugin, to another engine. */
export const diverting = [
    "DOCKER_HOST",
    "DOCKER_CERT_PATH",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
] as const;

/**
 * The variables that Pulumi runs with: a login or a passphrase of the user's own is respected,
 * otherwise state and passphrase stay inside the project's folder.
 */
export function pulumiEnvironment(
    env: NodeJS.ProcessEnv,
    { loggedIn }: { readonly loggedIn: boolean },
): Record<string, string> {
    const own: Record<string, string> = { PULUMI_SKIP_UPDATE_CHECK: "true" };
    for (const name of diverting) {
        // An empty value counts as none, and is the only way to unset it for the plugins.
        own[name] = "";
    }
    if (usesLocalState(env, loggedIn)) {
        own.PULUMI_BACKEND_URL = pathToFileURL(backendFolder).href;
    }
    const hasPassphrase =
        env.PULUMI_CONFIG_PASSPHRASE !== undefined ||
        env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
    if (!hasPassphrase) {
        own.PULUMI_CONFIG_PASSPHRASE_FILE = passphraseFile;
    }
    return own;
}

/** Whether the stack's state is the project's own folder, for want of anything else. */
export function usesLocalState(env: NodeJS.ProcessEnv, loggedIn: boolean): boolean {
    return !loggedIn && !env.PULUMI_BACKEND_URL && !env.PULUMI_ACCESS_TOKEN;
}

/** Makes the folder and the passphrase that local state needs, unless they are there. */
export function prepareLocalState(): void {
    mkdirSync(backendFolder, { recursive: true });
    if (!existsSync(passphraseFile)) {
        const passphrase = randomBytes(24).toString("base64url");
        writeFileSync(passphraseFile, passphrase, { mode: 0o600, flag: "wx" });
    }
}

/** Whether the user has logged in to a backend with `pulumi login`. */
export function isLoggedIn(env: NodeJS.ProcessEnv = process.env): boolean {
    // Pulumi takes the home of the user that it runs as, whatever HOME says.
    const home = env.PULUMI_HOME ?? join(userInfo().homedir, ".pulumi");
    const file = join(home, "credentials.json");
    if (!existsSync(file)) {
        return false;
    }
    const credentials: unknown = JSON.parse(readFileSync(file, "utf8"));
    return (
        typeof credentials === "object" &&
        credentials !== null &&
        "current" in credentials &&
        typeof credentials.current === "string" &&
        credentials.current !== ""
    );
}
