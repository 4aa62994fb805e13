import { coerce, gte } from "semver";
import packageJson from "../../package.json" with { type: "json" };
import pinned from "./versions.json" with { type: "json" };

/** Every version that the project fetches or requires, from `versions.json`. */
export const versions = pinned;

/** The provider plugins the program needs; their versions are those of their npm packages. */
export const plugins: readonly { readonly name: string; readonly version: string }[] = [
    { name: "command", version: packageJson.dependencies["@pulumi/command"] },
    { name: "docker", version: packageJson.devDependencies["@pulumi/docker"] },
];

/** Whether a version is at least another, such as `1.21` or `1.21.0`; what follows a dash or plus is ignored. */
export function isAtLeast(version: string, minimum: string): boolean {
    return gte(coerce(version) ?? "0.0.0", coerce(minimum) ?? minimum);
}

/** The first dotted version in a text such as the output of `pulumi version`, if there is one. */
export function versionIn(text: string): string | undefined {
    return /(?<![\w.])v?(\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?)/.exec(text)?.[1];
}
