import {
    broughtCaReason,
    broughtGossipReason,
    securityChange,
    securityReasons,
    securityRefusals,
} from "../../components/cluster/securityProblems.ts";
import type { KeyPair, Security } from "../../scripts/protocol/security.ts";
import { problem, secretProblem } from "./problems.ts";
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

/**
 * What does not go with the cluster's security, or with the one that it was made with.
 *
 * @param secretKeys the settings that are encrypted in the stack file. @default none
 */
export function securitySettingProblems(
    raw: RawSettings,
    security: Security,
    madeWith = security,
    secretKeys: ReadonlySet<string> = new Set(),
): string[] {
    const change = securityChange(madeWith, security);
    const refused = securityRefusals({ ...raw, security, joinsSecured: raw.joinStack !== "" }).map(
        (what) =>
            what === "authority" || what === "gossipKey"
                ? secretProblem(what, securityReasons[what])
                : problem(what, raw[what], securityReasons[what]),
    );
    return [
        ...(change === undefined ? [] : [`security: ${change}`]),
        ...refused,
        ...authorityProblems(raw, secretKeys.has("authority")),
        ...gossipKeyProblems(raw, secretKeys.has("gossipKey")),
    ];
}

/** The CA that the settings bring; undefined where they bring none, or not all of it. */
export function broughtAuthority({
    authority: { certificate = "", key = "" },
}: Pick<RawSettings, "authority">): KeyPair | undefined {
    return certificate === "" || key === "" ? undefined : { certificate, key };
}

const setKey = "`pulumi config set --secret --path authority.key < FILE`";

/** What is wrong with how a CA is brought. Whether it can sign is looked at later. */
function authorityProblems({ authority, rotate }: RawSettings, isSecret: boolean): string[] {
    const { certificate = "", key = "" } = authority;
    if (certificate === "" && key === "") {
        return [];
    }
    const numbered =
        rotate.ca === undefined ? [] : [problem("rotate.ca", rotate.ca, broughtCaReason)];
    if (certificate === "") {
        const rule = "its certificate, and those of the CAs above it behind it, in PEM";
        return [...numbered, problem("authority.certificate", undefined, rule)];
    }
    if (key === "") {
        const rule = `the CA's private key: ${setKey}`;
        return [...numbered, problem("authority.key", undefined, rule)];
    }
    return isSecret
        ? numbered
        : [
              ...numbered,
              secretProblem(
                  "authority.key",
                  `it is in clear in the stack file. Remove it, then ${setKey}; who has read that file can sign ` +
                      "certificates, so bring another CA if anybody may have",
              ),
          ];
}

/** What is wrong with how a gossip key is brought. */
function gossipKeyProblems({ gossipKey, rotate }: RawSettings, isSecret: boolean): string[] {
    if (gossipKey === "") {
        return [];
    }
    return [
        ...(rotate.gossip === undefined
            ? []
            : [problem("rotate.gossip", rotate.gossip, broughtGossipReason)]),
        ...(isSecret
            ? []
            : [
                  secretProblem(
                      "gossipKey",
                      "it is in clear in the stack file. Bring another one, which nobody has read there: " +
                          "`consul keygen | pulumi config set --secret gossipKey`",
                  ),
              ]),
    ];
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
