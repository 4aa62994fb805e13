import { describeError } from "../../scripts/system/progress.ts";

/** Milliseconds within which a site must begin to answer; one that cannot be reached often drops packets silently. */
const answerWithinMs = 5000;

/** Variables by which downloads go through a proxy. */
const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY"];

/**
 * Why a site cannot be reached; undefined where it answers, whatever it answers, and where a proxy is set, as what
 * fetches from it may use that and Node does not.
 */
export async function siteObstacle(
    url: string,
    { withinMs = answerWithinMs, env = process.env } = {},
): Promise<string | undefined> {
    if (proxyVariables.some((name) => (env[name] ?? "") !== "")) {
        return undefined;
    }
    const { host } = new URL(url);
    try {
        const signal = AbortSignal.timeout(withinMs);
        await fetch(url, { method: "HEAD", redirect: "manual", signal });
        return undefined;
    } catch (error) {
        const isLate = error instanceof Error && error.name === "TimeoutError";
        const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
        return `${host}: ${isLate ? `no answer within ${withinMs / 1000} s` : describeError(cause)}`;
    }
}

/** Why the registry of an image cannot be reached from this computer, as `siteObstacle` has it. */
export function registryObstacle(reference: string): Promise<string | undefined> {
    return siteObstacle(`https://${registryHost(reference)}/v2/`);
}

/** The host that an image comes from: that in its name, else Docker Hub. */
export function registryHost(reference: string): string {
    const [first = "", ...rest] = reference.split("/");
    const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
    return isHost ? first : "registry-1.docker.io";
}
