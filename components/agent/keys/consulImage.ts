/** What an image's name tells of the Consul in it. */
export interface ConsulImage {
    /** Major and minor version; undefined where its tag does not say. */
    readonly version: readonly [number, number] | undefined;
    /** Undefined where its name does not say. */
    readonly edition: "open" | "enterprise" | undefined;
}

/** The newest Consul whose keys are known here. */
export const newestKnown = "1.22";

/**
 * What an image's name tells of the Consul in it.
 *
 * @param reference with which machines pull it; undefined for one that has no such name, such as an archive.
 */
export function consulImage(reference: string | undefined): ConsulImage {
    const [, repository = "", tag = ""] =
        /^(.*?)(?::([^/:@]+))?(?:@.*)?$/.exec(reference ?? "") ?? [];
    const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(tag) ?? [];
    const version = minor === undefined ? undefined : ([Number(major), Number(minor)] as const);
    if (repository.endsWith("consul-enterprise") || /[-+.]ent\b/.test(tag)) {
        return { version, edition: "enterprise" };
    }
    return { version, edition: /(^|\/)consul$/.test(repository) ? "open" : undefined };
}

/** Whether all keys of an image's Consul are known here. */
export function isKnown({ version }: ConsulImage): boolean {
    const [major = 0, minor = 0] = newestKnown.split(".").map(Number);
    return version?.[0] === major && version[1] <= minor;
}
