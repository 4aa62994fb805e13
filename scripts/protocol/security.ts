/**
 * What a secured cluster's Commands pass to their scripts. States of existing stacks hold these keys: none may be
 * renamed. Those that have secrets in them say so.
 */
import type { AgentFile } from "./agentFiles.ts";
import type { ContainerRef, NodeRequest, SnapshotPlace } from "./requests.ts";

/** How far a cluster is secured: gossip encryption, TLS and ACLs, or none of them. */
export type Security = "full" | "open";

/** How many times each kind of secret was replaced, counted from 1. */
export interface Rotation {
    /** The secret from which gossip key and tokens are derived: another one replaces them all. */
    readonly seed: number;
    /** The CA of the agents' certificates. */
    readonly ca: number;
    /** The agents' certificates. */
    readonly leaf: number;
    /** The gossip key. */
    readonly gossip: number;
    /** All tokens but the management token. */
    readonly tokens: number;
    /** The management token. */
    readonly management: number;
}

/** A certificate with its private key, both PEM. The key is secret. */
export interface KeyPair {
    readonly certificate: string;
    readonly key: string;
}

/** How a cluster's CA comes about. */
export interface AuthorityRequest {
    /** The one that an operator brings. Its key is secret. @default one is made */
    readonly brought?: KeyPair | undefined;
}

/** Tokens with which the agents of another stack, and its scripts, work in a cluster. Secret. */
export interface JoinTokens {
    /** Of every one of its agents: for its own entry in the catalog, and for DNS. */
    readonly agent: string;
    /** Of its scripts: they wait for its nodes, and remove those that are gone. */
    readonly operate: string;
    /** As {@link AccessAnswer.servicesToken}. */
    readonly services: string;
    /** As {@link AccessAnswer.metricsToken}. */
    readonly metrics: string;
}

/** A secured cluster of another stack, as its agents have to know it. Secret. */
export interface JoinedCluster {
    /** Its own servers' HTTPS addresses, by their names. */
    readonly servers: Readonly<Record<string, string>>;
    /** Certificate of its CA, PEM. */
    readonly caCertificate: string;
    /** Its gossip key. */
    readonly gossipKey: string;
    readonly tokens: JoinTokens;
}

/** What a secured cluster gives to the stacks that join it. Secret. Programs of other versions read it: no key may be
 * renamed. */
export interface JoinBundle extends JoinedCluster {
    readonly datacenter: string;
    /** Where agents reach servers whose API a computer outside reaches elsewhere: their addresses, by the host of their
     * API. @default none: the host is the address */
    readonly peerAddresses?: Readonly<Record<string, string>> | undefined;
    /** Port of its DNS. @default 8600 */
    readonly dnsPort?: number | undefined;
    /** Consul's DNS domain, a part of the names in certificates. */
    readonly domain: string;
    /** Authorities below its CA, for certificates of client agents alone, and of servers as well. */
    readonly authorities: { readonly client: KeyPair; readonly server: KeyPair };
}

/** Authorities below a cluster's CA that are made, or kept where they are right. Its CA's key is secret. */
export interface JoinAuthoritiesRequest {
    readonly ca: KeyPair;
    readonly datacenter: string;
    readonly domain: string;
    /** Which of them they are: others are made for another text. */
    readonly generation: string;
}

/** The authorities of {@link JoinBundle.authorities}, each part as a text. The keys are secret. */
export interface JoinAuthoritiesAnswer {
    readonly clientCertificate: string;
    readonly clientKey: string;
    readonly serverCertificate: string;
    readonly serverKey: string;
}

/** A certificate for whoever asks agents that demand one: it is made, or kept where it is right. Has secrets. */
export interface ClientCertificateRequest {
    /** What signs it: the CA, or the authority below it that a stack which joins was given. */
    readonly ca: KeyPair;
    /** Certificates between it and the CA, PEM. @default none */
    readonly chain?: string | undefined;
    /** Which of them it is: another one is made for another text. */
    readonly renewal: string;
}

/** A node of a secured cluster. */
export interface SecuredNode {
    readonly role: "server" | "client";
    /** Where its HTTPS API answers, or that of the node that is asked about it. */
    readonly httpAddress: string;
    /** The node that answers there, as in {@link NodeRequest}. @default the node itself */
    readonly askThrough?: string | undefined;
    /** Its container. */
    readonly agent: ContainerRef;
}

/** What a cluster's rights are made of, apart from the secrets themselves. */
export interface ClusterRights {
    /** File with the rights to ask the cluster, relative to the project's folder. */
    readonly access: string;
    readonly rotation: Rotation;
    /** Every declared node by name. */
    readonly nodes: Readonly<Record<string, SecuredNode>>;
    /** Tells the CA that an operator brings from another one: everything is looked at again for another text. No secret.
     * @default one is made */
    readonly authorityDigest?: string | undefined;
    /** Tells the gossip key that an operator brings from another one. No secret. @default it is derived */
    readonly gossipDigest?: string | undefined;
    /** Digest of what another stack's cluster has given, where the nodes join one. No secret. @default they join none */
    readonly joinedDigest?: string | undefined;
}

/** A cluster whose rights are written down on this computer, and made where it runs. Has secrets. */
export interface AccessRequest extends ClusterRights {
    readonly datacenter: string;
    /** Consul's DNS domain, a part of the names in certificates. */
    readonly domain: string;
    /** Base64 of 32 random bytes. Secret. */
    readonly seed: string;
    /** The CA that signs the agents' certificates; of a stack that joins another one, the authority that it was given.
     * Its key is secret. */
    readonly ca: KeyPair;
    /** The gossip key that an operator brings: base64 of 16, 24 or 32 bytes. Secret. @default it is derived */
    readonly gossipKey?: string | undefined;
    /** Certificates that agents show behind their own, PEM: of a CA that was brought and is no root, and of those above
     * it, so that who trusts the root alone accepts them. @default none */
    readonly chain?: string | undefined;
    /** Where a snapshot is taken before a cluster that runs open is secured. @default none is taken */
    readonly snapshots?: SnapshotPlace | undefined;
    /** Certificates of the authorities that are given to stacks that join, PEM. @default none may join */
    readonly joinAuthorities?: string | undefined;
    /** The cluster of another stack that the nodes join. Secret. @default the cluster is this stack's */
    readonly joined?: JoinedCluster | undefined;
    /** Whether its agents demand a certificate of whoever asks them: then one has to be in the file before they do.
     * @default they do not */
    readonly clientCertificates?: true | undefined;
}

/** A node whose agent gets its configuration, certificate, tokens and gossip keys. */
export interface AgentFilesRequest extends NodeRequest {
    readonly access: string;
    readonly role: "server" | "client";
    /** HTTPS addresses of the other servers, by name: they are asked for the gossip keys. */
    readonly servers: Readonly<Record<string, string>>;
    /** Its container, which may not exist yet. */
    readonly agent: ContainerRef;
    /** Owner of the stack, `project/stack`. */
    readonly owner: string;
    /** The agents' image, which the machine has. */
    readonly image: string;
    /** Volumes on the machine: of the agent's configuration, and of its data. */
    readonly volumes: { readonly config: string; readonly data: string };
    /** What the agent is started with. It has secrets where an operator has set some. */
    readonly config: object;
    /** Files that an operator brings. They may be secret. @default none */
    readonly files?: readonly AgentFile[] | undefined;
    /** Digest of what takes a new container, which has it as its label. A container with another one is about to be
     * replaced, and is not told of new files. */
    readonly digest: string;
    /** Addresses and host names that its certificate is for. */
    readonly addresses: readonly string[];
    /** Which secrets it is to have. */
    readonly rotation: Rotation;
    /** The docker-machine binary, by which its host is reached: as in `StoreRequest`. */
    readonly binary?: string | undefined;
    /** Why its certificate is renewed, once for each text. @default it is not */
    readonly renewal?: string | undefined;
    /** As in {@link ClusterRights}. */
    readonly authorityDigest?: string | undefined;
    /** As in {@link ClusterRights}. */
    readonly joinedDigest?: string | undefined;
}
