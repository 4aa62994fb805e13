import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

/** A login to a registry of images. */
export interface RegistryLogin {
    readonly username: string;
    /** Password or access token. It is kept as a secret, however it is given. */
    readonly password: pulumi.Input<string>;
}

/** Logins by the registries' addresses, as images have them in front of their names: `HOST` or `HOST:PORT`; `docker.io` is
 * that of images without one. */
export type Registries = Readonly<Record<string, RegistryLogin>>;

/** What Docker Hub is called. */
const hubNames: ReadonlySet<string> = new Set([
    "docker.io",
    "hub.docker.com",
    "index.docker.io",
    "registry-1.docker.io",
    "registry.hub.docker.com",
]);

/** By which of them a provider finds the login of an image, that has the second one in front of its name or none. */
const hubAddresses = ["registry-1.docker.io", "docker.io"];

/** Why a text is no registry's address; undefined where it is one. */
export function registryAddressProblem(address: string): string | undefined {
    const [, host = ""] = /^([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/i.exec(address) ?? [];
    const isOne = host === "localhost" || (host !== "" && /[.:]/.test(address));
    return isOne
        ? undefined
        : "a registry's address as images have it in front of their names, HOST or HOST:PORT, without https:// and path; " +
              "Docker Hub is docker.io";
}

/** What is wrong with logins, a line each. What is only known while the program runs is not looked at. */
export function registryProblems(registries: Registries | undefined): string[] {
    return Object.entries(registries ?? {}).flatMap(([address, { username, password }]) => {
        const path = `registries.${address}`;
        const rule = registryAddressProblem(address);
        return [
            ...(rule === undefined ? [] : [`${path}: ${rule}`]),
            ...(username === "" ? [`${path}.username: got ""; the name that logs in`] : []),
            ...(password === "" ? [`${path}.password: it is empty`] : []),
        ];
    });
}

/**
 * The logins as a provider takes them, whose images are pulled with them. They are no part of what an image or a container
 * is: a changed password replaces nothing.
 *
 * @returns undefined where there are none.
 */
export function registryAuth(
    registries: Registries = {},
): docker.ProviderArgs["registryAuth"] | undefined {
    const logins = Object.entries(registries)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([stated, { username, password }]) => {
            const addresses = hubNames.has(stated) ? hubAddresses : [stated];
            return addresses.map((address) => {
                return { address, username, password: pulumi.secret(password) };
            });
        });
    return logins.length === 0 ? undefined : logins;
}
