/** A version of Consul. */
export interface ConsulVersion {
    readonly major: number;
    readonly minor: number;
    readonly patch: number;
    /** As it is written, without what comes behind the numbers. */
    readonly text: string;
}

/** The version that a text begins with, such as `1.22.2`, `v1.22.2+ent` or `1.20.6:1a2b3c4d`; undefined where it begins
 * with none. */
export function parseVersion(text: string): ConsulVersion | undefined {
    const [, ...parts] = /^v?(\d+)\.(\d+)\.(\d+)(?![\d.])/.exec(text) ?? [];
    const [major, minor, patch] = parts.map(Number);
    return major === undefined || minor === undefined || patch === undefined
        ? undefined
        : { major, minor, patch, text: `${major}.${minor}.${patch}` };
}

/** The version that an image's reference tells by its tag; undefined where it tells none. */
export function versionOfTag(reference: string): ConsulVersion | undefined {
    return parseVersion(/:([^:/@]+)(@|$)/.exec(reference)?.[1] ?? "");
}

/** The last 1.x: 2.0 came after it, as 1.23 would have. */
const lastOfOne = 22;

/** Counts the releases that Consul calls major, each of which has a number of its own in the middle. */
function lineOf({ major, minor }: ConsulVersion): number {
    return major === 1 ? minor : major === 0 ? -1 : lastOfOne + 1 + minor;
}

/** Negative where the first one is older. */
export function compareVersions(one: ConsulVersion, other: ConsulVersion): number {
    return one.major - other.major || one.minor - other.minor || one.patch - other.patch;
}

/** The most releases that Consul's own instructions have an upgrade go over at once:
 * https://developer.hashicorp.com/consul/docs/upgrade/instructions */
export const widestStep = 2;

const notes = "https://developer.hashicorp.com/consul/docs/upgrade/version-specific";

/** What Consul's own notes call breaking, for what runs here: the oldest versions that have it, in order. */
const breaking: readonly { readonly since: string; readonly what: string; readonly url: string }[] =
    [
        {
            since: "1.10.0",
            what: "one first has to be at 1.8.1 to 1.9.x",
            url: `${notes}#consul-1-10-0`,
        },
        { since: "1.11.0", what: "the old ACL system is gone", url: `${notes}#consul-1-11-0` },
        { since: "1.12.0", what: "TLS is configured by `tls`", url: `${notes}#consul-1-12-0` },
        { since: "1.13.0", what: "the old telemetry is gone", url: `${notes}#consul-1-13-x` },
        {
            since: "1.14.0",
            what: "gRPC has a port for TLS, and the service mesh is on by default",
            url: `${notes}#consul-1-14-x`,
        },
        {
            since: "1.15.0",
            what: "connect.enable_serverless_plugin is gone",
            url: `${notes}#consul-1-15-x`,
        },
        {
            since: "1.16.0",
            what: "health endpoints of the mesh answer 403",
            url: `${notes}#consul-1-16-x`,
        },
        {
            since: "1.17.0",
            what: "tokens may have templated policies",
            url: `${notes}#consul-1-17-x`,
        },
        {
            since: "1.18.0",
            what: "telemetry.disable_hostname holds for every sink",
            url: "https://github.com/hashicorp/consul/blob/v1.18.0/CHANGELOG.md",
        },
        {
            since: "1.19.0",
            what: "servers filter health queries, and double metrics are gone",
            url: `${notes}#consul-v1-19-x`,
        },
        {
            since: "1.20.1",
            what: "the mesh normalizes paths of requests",
            url: `${notes}#consul-1-20-x`,
        },
        {
            since: "1.22.0",
            what: "names of KV keys are checked (disable_kv_key_validation)",
            url: "https://github.com/hashicorp/consul/blob/v1.22.2/CHANGELOG.md",
        },
        {
            since: "2.0.0",
            what: "another major version",
            url: "https://developer.hashicorp.com/consul/docs/release-notes/consul/v2_0_x",
        },
    ];

/** What a change of version comes to. */
export interface VersionStep {
    /** Why it is refused, with the way out; undefined where it is not. */
    readonly problem?: string;
    /** What is to be known of it; undefined where that is nothing. */
    readonly warning?: string;
}

/**
 * Judges a change from the Consul that runs to that of an image.
 *
 * @param allowed the version to which an operator wants it although it is refused.
 */
export function judgeStep(
    running: ConsulVersion,
    image: ConsulVersion,
    allowed: string | undefined,
): VersionStep {
    const isOlder = compareVersions(image, running) < 0;
    const lines = lineOf(image) - lineOf(running);
    const isAllowed = allowed !== undefined && parseVersion(allowed)?.text === image.text;
    const from = `Consul ${running.text} runs, and the image has ${image.text}`;
    const override = `or, if that is what you want, \`pulumi config set allowVersion ${image.text}\``;
    if (isOlder) {
        const why = `${from}, an older one: it may not read what the newer one has written`;
        const way = `Name an image of ${running.text} or later; to go back, restore a snapshot into a new cluster; ${override}.`;
        return isAllowed ? { warning: `${why}.` } : { problem: `${why}. ${way}` };
    }
    const between = breaking.filter(({ since }) => {
        const version = parseVersion(since);
        return (
            version !== undefined &&
            compareVersions(running, version) < 0 &&
            compareVersions(version, image) <= 0
        );
    });
    const told = between.map(({ since, what, url }) => `${since}: ${what} (${url})`).join("; ");
    const breaks =
        told === "" ? "" : ` Of what Consul calls breaking there is in between: ${told}.`;
    if (lines > widestStep) {
        const why = `${from}, ${lines} major releases later; Consul's own instructions go over ${widestStep} at once`;
        const way = `Go by an image in between first; ${override}.`;
        return isAllowed ? { warning: `${why}.${breaks}` } : { problem: `${why}. ${way}${breaks}` };
    }
    if (lines === widestStep) {
        return {
            warning: `${from}: the widest step that Consul's own instructions take.${breaks}`,
        };
    }
    return told === "" ? {} : { warning: `${from}.${breaks}` };
}
