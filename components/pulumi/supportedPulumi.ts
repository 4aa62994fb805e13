import * as pulumi from "@pulumi/pulumi";

/** The Pulumi CLIs that the components work with, as a range of semver; docs/upgrade.md says why. */
export const supportedPulumi = ">=3.260.0 <4.0.0";

/**
 * Ends the program where the CLI that runs it is not in a range. `Pulumi.yaml` says the same of this project's own
 * program, but nothing of one that uses the components as a library.
 *
 * @throws pulumi.RunError with the CLI's version, the range and the way out.
 */
export async function requirePulumi(range = supportedPulumi): Promise<void> {
    try {
        await pulumi.requirePulumiVersion(range);
    } catch (error) {
        const said = error instanceof Error ? error.message : String(error);
        throw new pulumi.RunError(
            `${said}: consul-machines is not made for it. Install one that is, ` +
                "https://www.pulumi.com/docs/install/; docs/upgrade.md lists them, and why.",
        );
    }
}
