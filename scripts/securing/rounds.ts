import { authoritiesFile, certificateFile } from "../protocol/agentFiles.ts";
import { property } from "../system/json.ts";

/**
 * How far an agent of an open cluster has come. `prepared`: it was started with the secrets, and demands nothing of
 * others. `told`: it uses its tokens, and TLS to others. `demanding`: it was started so that it shows and demands
 * certificates, and encrypts its gossip. Agents understand those of the step before and after their own, and no others.
 */
export const steps = ["prepared", "told", "demanding"] as const;

/** One of them. */
export type Step = (typeof steps)[number];

/** Port of the API with TLS, which is open inside the container alone until it is replaced. */
const httpsPort = 8501;

/** What an operator may have configured of this in an open cluster; ours would not go with it. */
const ownSecurity =
    /^(acl(_.*)?|auto_config|auto_encrypt|ca_file|ca_path|cert_file|disable_keyring_file|encrypt(_.*)?|key_file|tls(_.*)?|verify_.*)$/i;

/** The keys of an agent's configuration by which an operator has secured it already. */
export function ownSecurityKeys(config: object): string[] {
    return Object.keys(config).filter((key) => ownSecurity.test(key));
}

/**
 * An agent's configuration in a step: that of the open cluster, and what is new.
 *
 * @param config what it has been started with, in the open cluster or in a step before.
 */
export function stepConfig(config: object, step: Step): object {
    const isTold = step !== "prepared";
    const isDemanding = step === "demanding";
    return {
        ...config,
        acl: {
            enabled: true,
            // The last replacement denies: until then nobody is kept out who has no token yet.
            default_policy: "allow",
            down_policy: "extend-cache",
            enable_token_persistence: false,
        },
        encrypt_verify_incoming: false,
        encrypt_verify_outgoing: isDemanding,
        ports: { ...objectOf(property(config, "ports")), https: httpsPort, serf_wan: -1 },
        tls: {
            defaults: {
                ca_file: authoritiesFile,
                cert_file: certificateFile,
                key_file: certificateFile,
                tls_min_version: "TLSv1_2",
                verify_incoming: isDemanding,
                verify_outgoing: isTold,
            },
            https: { verify_incoming: false },
            internal_rpc: { verify_server_hostname: isTold },
        },
    };
}

function objectOf(value: unknown): object {
    return typeof value === "object" && value !== null ? value : {};
}
