import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { noDockerVariables } from "../../scripts/protocol/dockerVariables.ts";
import { property } from "../../scripts/system/json.ts";
import { stateFolder } from "../tools/paths.ts";

/** The folder of the local state, when no other backend is asked for. */
export const backendFolder: string = join(stateFolder, "pulumi");

/** The passphrase made for local state; losing it loses the state's secrets. */
export const passphraseFile: string = join(stateFolder, "passphrase");

/**
 * The variables that Pulumi runs with: a login or a passphrase of the user's own is respected,
 * otherwise state and passphrase stay inside the project's folder.
 */
export function pulumiEnvironment(
    env: NodeJS.ProcessEnv,
    login: string | undefined,
): Record<string, string> {
    const own: Record<string, string> = { PULUMI_SKIP_UPDATE_CHECK: "true", ...noDockerVariables };
    if (backendOf(env, login) === localBackend) {
        own.PULUMI_BACKEND_URL = pathToFileURL(backendFolder).href;
    }
    if ((env.PULUMI_CONFIG_PASSPHRASE ?? env.PULUMI_CONFIG_PASSPHRASE_FILE) === undefined) {
        own.PULUMI_CONFIG_PASSPHRASE_FILE = passphraseFile;
    }
    return own;
}

/** The name of the project's own folder as a backend, whatever the path of the clone. */
export const localBackend = "the project's own folder";

/** Where the stack's state is: what the user asks for, else the project's own folder. */
export function backendOf(env: NodeJS.ProcessEnv, login: string | undefined): string {
    const asked = [env.PULUMI_BACKEND_URL, login, env.PULUMI_ACCESS_TOKEN && "Pulumi Cloud"];
    return asked.find((backend) => backend !== undefined && backend !== "") ?? localBackend;
}

/** Makes the folder and the passphrase that local state needs, unless they are there. */
export function prepareLocalState(): void {
    mkdirSync(backendFolder, { recursive: true });
    if (!existsSync(passphraseFile)) {
        const passphrase = randomBytes(24).toString("base64url");
        writeFileSync(passphraseFile, passphrase, { mode: 0o600, flag: "wx" });
    }
}

/** The backend that the user is logged in to by `pulumi login`, if to any. */
export function currentLogin(env: NodeJS.ProcessEnv = process.env): string | undefined {
    // Pulumi takes the home of the user that it runs as, whatever HOME says.
    const home = env.PULUMI_HOME ?? join(userInfo().homedir, ".pulumi");
    const file = join(home, "credentials.json");
    const credentials: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
    const current = property(credentials, "current");
    return typeof current === "string" && current !== "" ? current : undefined;
}
