import { z } from "zod";
import { integer, mapOf } from "./schemaParts.ts";

const count = (description: string) =>
    integer(1, Number.MAX_SAFE_INTEGER, "a whole number, one more for each time")
        .exactOptional()
        .meta({ description, default: 1 });

/** How many times each kind of secret was replaced. */
export const rotate = mapOf(
    {
        seed: count("The gossip key and all tokens: everything that is derived."),
        ca: count("The CA, and with it all certificates."),
        leaf: count("The agents' certificates and keys."),
        gossip: count("The gossip key."),
        tokens: count("All tokens but the management token."),
        management: count("The management token. Servers restart, one at a time."),
    },
    "a map from kinds of secrets to numbers",
);

/** How agents speak TLS. */
export const tls = mapOf(
    {
        // YAML takes it for a number.
        minVersion: z
            .preprocess(
                (version) => (typeof version === "number" ? String(version) : version),
                z.enum(["1.2", "1.3"], "1.2 or 1.3"),
            )
            .exactOptional()
            .meta({ description: "The least version that agents take.", default: "1.2" }),
        clientCertificates: z.boolean("true or false").exactOptional().meta({
            description:
                "Whether the API demands a certificate of the cluster's CA from every caller, besides a token.",
            default: false,
        }),
    },
    "minVersion and clientCertificates",
);

/** A CA that is brought. */
export const authority = mapOf(
    {
        certificate: z
            .string("certificates in PEM")
            .exactOptional()
            .describe("Its own, then those of the CAs above it, each signed by the next one."),
        key: z
            .string("a private key in PEM")
            .exactOptional()
            .describe(
                "Its private key without a passphrase: EC P-256 or P-384, or RSA of at least 2048 bits. A secret.",
            ),
    },
    "certificate and key",
);
