import {
    securityChange,
    securityReasons,
    securityRefusals,
} from "../../components/cluster/securityProblems.ts";
import type { Security } from "../../scripts/protocol/security.ts";
import { problem } from "./problems.ts";
import type { RawSettings } from "./schema.ts";

/**
 * How far a cluster is secured: as stated; else as it was made; else, a new one, fully.
 *
 * @param madeWith undefined where there is no cluster yet.
 */
export function securityOf(
    { security: stated }: Pick<RawSettings, "security">,
    madeWith: Security | undefined,
): Security {
    return stated === "" ? (madeWith ?? "full") : stated;
}

/** What does not go with the cluster's security, or with the one that it was made with. */
export function securitySettingProblems(
    raw: RawSettings,
    security: Security,
    madeWith = security,
): string[] {
    const change = securityChange(madeWith, security);
    const refused = securityRefusals({ ...raw, security, joinsSecured: raw.joinStack !== "" }).map(
        (what) => problem(what, raw[what], securityReasons[what]),
    );
    return [...(change === undefined ? [] : [`security: ${change}`]), ...refused];
}

/** Warnings about an open cluster. */
export function securityWarnings({ security }: { readonly security: Security }): string[] {
    return security === "open"
        ? [
              "This cluster is open: no ACLs, no TLS between agents. Whoever reaches port 8500 of a " +
                  "node can read and change everything in it; keep its network to yourself.",
          ]
        : [];
}

/** Warnings about a cluster that is open until this run. */
export function securingWarnings(security: Security, madeWith: Security | undefined): string[] {
    return security === "full" && madeWith === "open"
        ? [
              "This cluster is open, and is secured by this update while it runs: every agent restarts twice, and its " +
                  "container is replaced. Whoever asks without a token, or at port 8500, is shut out then: " +
                  "docs/security.md.",
          ]
        : [];
}
