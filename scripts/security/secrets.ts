import { hkdfSync } from "node:crypto";
import type { Rotation } from "../protocol/security.ts";

/** Tokens of the cluster as a whole. */
export type ClusterTokenName =
    "management" | "operate" | "services" | "dns" | "metrics" | JoinTokenName;

/** Tokens of the cluster for the stacks that join it. */
export type JoinTokenName = "join-agent" | "join-operate" | "join-services" | "join-metrics";

/** Tokens that each node has: of its agent, and for asking that agent whether there is a leader or not. */
export type NodeTokenName = "agent" | "recovery";

/** An ACL token: its public id, and the secret itself. */
export interface Token {
    readonly accessorId: string;
    readonly secretId: string;
}

/**
 * The secrets of one cluster, all derived from one seed: nothing is kept for each node, and growing the cluster
 * changes nobody's. The numbers say which generation is meant, so that the one before can be computed as well.
 */
export class ClusterSecrets {
    readonly #seed: Buffer;
    readonly #rotation: Pick<Rotation, "gossip" | "tokens" | "management">;

    /** @param seed base64 of at least 32 random bytes. */
    constructor(seed: string, rotation: Pick<Rotation, "gossip" | "tokens" | "management">) {
        this.#seed = Buffer.from(seed, "base64");
        this.#rotation = rotation;
    }

    /** The gossip key: base64 of 32 bytes, for AES-256. */
    get gossipKey(): string {
        return this.#derive(`gossip/${this.#rotation.gossip}`, 32).toString("base64");
    }

    /** A token of the cluster. */
    token(name: ClusterTokenName): Token {
        return this.#token(name, name === "management" ? "management" : "tokens");
    }

    /** A node's own token. */
    nodeToken(name: NodeTokenName, nodeName: string): Token {
        return this.#token(`${name}/${nodeName}`, "tokens");
    }

    #token(label: string, counter: "tokens" | "management"): Token {
        const generation = this.#rotation[counter];
        return {
            accessorId: uuid(this.#derive(`accessor/${label}/${generation}`, 16)),
            secretId: uuid(this.#derive(`token/${label}/${generation}`, 16)),
        };
    }

    /** HKDF with SHA-256, RFC 5869: the label keeps secrets for different purposes independent of each other. */
    #derive(label: string, bytes: number): Buffer {
        const info = `consul-machines/${label}`;
        return Buffer.from(hkdfSync("sha256", this.#seed, Buffer.alloc(0), info, bytes));
    }
}

/** A UUID of version 4 from 16 bytes, the only kind that Consul takes for a token. */
function uuid(bytes: Buffer): string {
    const marked = Buffer.from(bytes);
    marked.writeUInt8((marked.readUInt8(6) & 0x0f) | 0x40, 6);
    marked.writeUInt8((marked.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = marked.toString("hex");
    return [
        [0, 8],
        [8, 12],
        [12, 16],
        [16, 20],
        [20, 32],
    ]
        .map(([from, to]) => hex.slice(from, to))
        .join("-");
}
