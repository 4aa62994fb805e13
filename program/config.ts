import * as pulumi from "@pulumi/pulumi";
import { recordedSecurity } from "./recordedSecurity.ts";
import { readSettings, type ReadSettings } from "./settings/settings.ts";
import { ownOutputs, type StackOutputs } from "./stackOutputs.ts";

/** A stack's settings, and what its last run left in the state. */
export interface ReadConfig extends ReadSettings {
    /** The outputs of the last run that succeeded. */
    readonly recorded: StackOutputs;
}

/**
 * Reads this stack's settings: the only place that asks Pulumi for configuration. It takes all of it at once, not
 * key by key, so that an unknown key is noticed. What the settings leave to the stack itself is asked of the engine.
 */
export async function readConfig(): Promise<ReadConfig> {
    const recorded = await ownOutputs();
    const project = pulumi.getProject();
    const prefix = `${project}:`;
    const own = Object.entries(pulumi.runtime.allConfig())
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [key.slice(prefix.length), value] as const);
    const read = readSettings(Object.fromEntries(own), {
        project,
        stack: pulumi.getStack(),
        madeWith: recordedSecurity(recorded),
        secretKeys: new Set(
            secretKeys()
                .filter((key) => key.startsWith(prefix))
                .map((key) => key.slice(prefix.length)),
        ),
    });
    return { ...read, recorded };
}

/** The settings that are encrypted in the stack file. The variable is the language host's; the SDK of 3.270 reads it
 * too, but has no public function that tells whether a setting is secret. */
function secretKeys(): string[] {
    const keys: unknown = JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
    return Array.isArray(keys) ? keys.filter((key) => typeof key === "string") : [];
}
