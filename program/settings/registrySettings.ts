import { secretProblem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/**
 * What is wrong with how logins to registries are stated.
 *
 * @param isSecret whether the setting is encrypted in the stack file.
 */
export function registrySettingProblems(
    { registries }: Pick<RawSettings, "registries">,
    isSecret: boolean,
): string[] {
    if (isSecret) {
        return [];
    }
    return Object.keys(registries).map((address) =>
        secretProblem(
            `registries.${address}.password`,
            "it is in clear in the stack file. Remove it, then `pulumi config set --secret --path " +
                `'registries["${address}"].password'\`; who has read that file can log in, so change the password if ` +
                "anybody may have",
        ),
    );
}
