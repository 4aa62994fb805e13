import type { ServiceCheck } from "./checkArgs.ts";

/**
 * A service that runs on a node's machine and is declared with the node: by settings of its own, or by a definition as
 * Consul's files have it. `Text` is what a value that may be a secret is given as: in the arguments of a cluster an
 * output will do.
 */
export type ServiceArgs<Text = string> = NamedService<Text> | DefinedService<Text>;

/** A service by its settings. In texts `$(address)` is the machine's address, and `$(node)` the node's name. */
export interface NamedService<Text = string> {
    /** Its name in the catalog, and in DNS: best lowercase letters, digits and dashes, at most 63 characters, for DNS
     * knows no others. */
    readonly name: string;
    /** Tells apart services of one name on one node; each node has ids of its own. @default the name */
    readonly id?: string | undefined;
    /** Where others reach it, an address or a host name. @default the machine's address */
    readonly address?: string | undefined;
    /** The port on which others reach it. @default none */
    readonly port?: number | undefined;
    /** Several ports, each by a name, in the place of one; from Consul 1.22 on. @default none */
    readonly ports?: readonly NamedPort[] | undefined;
    /** Words to find it by, in DNS as `TAG.NAME.service.consul`. @default none */
    readonly tags?: readonly string[] | undefined;
    /** Further facts for those who find it: at most 63, names of up to 128 characters and values of up to 512.
     * @default none */
    readonly meta?: Readonly<Record<string, string>> | undefined;
    /** Addresses for others than those near it, by Consul's names: `lan`, `wan`, `lan_ipv4`, `wan_ipv6`, `virtual` and
     * the like (Consul's `tagged_addresses`). @default none */
    readonly taggedAddresses?: Readonly<Record<string, TaggedAddress>> | undefined;
    /** How often DNS answers with it, in comparison with others of its name (Consul's `weights`). @default 1 each */
    readonly weights?: ServiceWeights | undefined;
    /** Whether tags that others write into the catalog stay there (Consul's `enable_tag_override`). @default false */
    readonly enableTagOverride?: boolean | undefined;
    /** Path of the socket on which it listens, for its proxy (Consul's `socket_path`). @default none */
    readonly socketPath?: string | undefined;
    /** It is healthy while all of these pass. @default as long as its node is */
    readonly checks?: readonly ServiceCheck<Text>[] | undefined;
    /** What it is for the service mesh (Consul's `kind`). @default an ordinary service */
    readonly kind?: ServiceKind | undefined;
    /** How it is a proxy, in Consul's own words (Consul's `proxy`). @default it is none */
    readonly proxy?: Given<Text> | undefined;
    /** Its part in the service mesh. @default none */
    readonly connect?: ServiceConnect<Text> | undefined;
    /** Region and zone, for Consul Enterprise (Consul's `locality`); from Consul 1.17 on. @default the agent's */
    readonly locality?: Locality | undefined;
}

/** A service by a definition of Consul's own. */
export interface DefinedService<Text = string> {
    /** What a file has inside of `service {}`, with the names of Consul's files or of its API. It is passed on as it is;
     * an address that it lacks is the machine's, and `$(address)` and `$(node)` are filled in. */
    readonly definition: Given<Text>;
}

/** A map of Consul's own. */
export interface Given<Text = string> {
    readonly [key: string]: GivenValue<Text>;
}

/** A value in a map of Consul's own. */
export type GivenValue<Text = string> =
    Text | string | number | boolean | null | readonly GivenValue<Text>[] | Given<Text>;

/** One of several ports. */
export interface NamedPort {
    /** Its name among the service's ports: letters, digits, dashes and underscores. */
    readonly name: string;
    /** Its number. */
    readonly port: number;
    /** Whether it is the one of those who ask for none. @default the first one is */
    readonly default?: boolean | undefined;
}

/** An address for some. */
export interface TaggedAddress {
    /** The address, or a host name. */
    readonly address: string;
    /** The port there. @default the service's */
    readonly port?: number | undefined;
}

/** How often DNS answers with a service, from 1 to 65535 and from 0. */
export interface ServiceWeights {
    /** While it is healthy. @default 1 */
    readonly passing?: number | undefined;
    /** While a check of it warns. @default 1 */
    readonly warning?: number | undefined;
}

/** What a service is for the mesh, where it is not just a service. */
export type ServiceKind = (typeof serviceKinds)[number];

/** All of them. */
export const serviceKinds = [
    "connect-proxy",
    "mesh-gateway",
    "terminating-gateway",
    "ingress-gateway",
    "api-gateway",
] as const;

/** A service's part in the mesh. */
export interface ServiceConnect<Text = string> {
    /** Whether it speaks the mesh's protocol itself (Consul's `native`). @default false */
    readonly native?: boolean | undefined;
    /** A proxy beside it, in Consul's own words, `{}` for one as usual (Consul's `sidecar_service`). An address that it
     * lacks is the machine's. @default none */
    readonly sidecarService?: Given<Text> | undefined;
}

/** Where a service is. */
export interface Locality {
    /** The region. */
    readonly region: string;
    /** The zone in it. @default none */
    readonly zone?: string | undefined;
}
