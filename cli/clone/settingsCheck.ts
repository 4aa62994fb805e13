import { readSettings } from "../../program/settings/settings.ts";
import type { CheckedSettings } from "../import/checkedPlacement.ts";
import type { SettingsOwner } from "../import/libraryCheck.ts";

/** Checks settings as the program does before a run. */
export function checkSettings(
    texts: Readonly<Record<string, string>>,
    owner: SettingsOwner,
): CheckedSettings {
    const { problems, warnings } = readSettings(texts, owner);
    return { problems, warnings };
}
