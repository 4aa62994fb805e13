import packageJson from "../../package.json" with { type: "json" };
import pinned from "./versions.json" with { type: "json" };
import { isAtLeast } from "./node.mjs";

/** Every version that the project fetches or insists on; `versions.json` is the one place. */
export const versions = pinned;

/** The provider plugins the program needs; their versions are those of their npm packages. */
export const plugins: readonly { readonly name: string; readonly version: string }[] = [
    { name: "command", version: packageJson.dependencies["@pulumi/command"] },
    { name: "docker", version: packageJson.devDependencies["@pulumi/docker"] },
];

export { isAtLeast };

/** The first dotted version in a text such as the output of `pulumi version`, if there is one. */
export function versionIn(text: string): string | undefined {
    return /(?<![\w.])v?(\d+\.\d+(?:\.\d+)?(?:-[\w.]+)?)/.exec(text)?.[1];
}
