import * as pulumi from "@pulumi/pulumi";
import { accessFileOf } from "../../scripts/protocol/names.ts";
import type {
    AccessRequest,
    ClusterRights,
    JoinAuthoritiesAnswer,
    JoinAuthoritiesRequest,
    JoinBundle,
    KeyPair,
    Rotation,
} from "../../scripts/protocol/security.ts";
import { ClusterSecrets, type ClusterTokenName } from "../../scripts/security/secrets.ts";
import type { PortNumbers } from "../agent/portSettings.ts";
import { domainOf } from "../agent/securedContract.ts";
import type { AgentSecurity, ClientIdentity } from "../node/nodeSecurity.ts";
import { broughtAuthority } from "./broughtAuthority.ts";
import { broughtGossip } from "./broughtGossip.ts";
import type { AuthorityArgs } from "./clusterArgs.ts";
import type { AuthorityUse } from "../../scripts/security/broughtAuthority.ts";
import { valueAlone } from "../pulumi/valueAlone.ts";
import { answerTexts } from "../pulumi/secretAnswer.ts";
import {
    demanded,
    firstRotation,
    parseKeyPair,
    renewalPeriod,
    SecurityCommands,
    type ClusterSecurityArgs,
    type SecuredCluster,
} from "./securityCommands.ts";

/** A cluster that has secrets of its own. */
export interface OwnSecurityArgs extends ClusterSecurityArgs {
    /** HTTPS addresses of its servers, by name. */
    readonly servers: pulumi.Output<Record<string, string>>;
    /** Where agents reach those that this computer reaches elsewhere: addresses by the host of their API. */
    readonly peerAddresses: pulumi.Output<Record<string, string>>;
    /** Ports of its agents. @default Consul's own */
    readonly ports?: PortNumbers | undefined;
    /** The CA that is brought, and what for. @default one is made */
    readonly authority?: { readonly args: AuthorityArgs; readonly use: AuthorityUse } | undefined;
    /** The gossip key that is brought. @default it is derived */
    readonly gossipKey?: pulumi.Input<string> | undefined;
}

/** What signs certificates. */
interface Authorities {
    readonly ca: pulumi.Output<KeyPair>;
    readonly joining: pulumi.Output<JoinAuthoritiesAnswer>;
    /** As in {@link AccessRequest}. @default none */
    readonly chain: pulumi.Output<string> | undefined;
    /** As in {@link AccessRequest}. @default it is derived */
    readonly gossipKey: pulumi.Output<string> | undefined;
}

/**
 * The secrets of a cluster, and the rights that are made of them. The seed and the CA are made once, or the CA is brought, by
 * Commands that know no node, and are kept as secrets in the state; all else is derived from them, or made on the machine. Only the
 * Command that writes the access file, and the one of the authorities for stacks that join, are given secrets; all
 * others read that file.
 */
export class ClusterSecurity implements SecuredCluster {
    public readonly caCertificate: pulumi.Output<string>;
    public readonly managementToken: pulumi.Output<string>;
    public readonly joinBundle: pulumi.Output<JoinBundle>;
    public readonly client: ClientIdentity | undefined;
    public readonly ofAgents: AgentSecurity;
    readonly #commands: SecurityCommands;
    readonly #rights: pulumi.Output<ClusterRights>;

    constructor(name: string, args: OwnSecurityArgs, parent: pulumi.Resource) {
        const { store, nodes, rotate } = args;
        const rotation = { ...firstRotation, ...rotate };
        const access = accessFileOf(store.path, store.owner, name);
        this.#commands = new SecurityCommands(name, parent);
        const seed = this.#commands.makeOnce("seed", rotation.seed);
        const { authority } = args;
        const brought = authority && broughtAuthority(name, authority.args, authority.use, parent);
        const authorityDigest = brought?.fingerprint;
        const gossip = broughtGossip(name, args.gossipKey, parent);
        this.#rights = pulumi
            .all([nodes, authorityDigest, gossip?.digest])
            .apply(([all, digest, gossipDigest]) => ({
                access,
                rotation,
                nodes: all,
                ...(digest === undefined ? {} : { authorityDigest: digest }),
                ...(gossipDigest === undefined ? {} : { gossipDigest }),
            }));
        const answer =
            brought === undefined
                ? this.#commands.makeOnce("ca", rotation.ca)
                : this.#commands.keepBrought(brought);
        const ca = answer.apply(parseKeyPair("secret ca"));
        const joining = this.#joining(args, ca, rotation);
        const parts = { ca, joining, chain: brought?.shown, gossipKey: gossip?.key };
        const written = this.#writeAccess(args, seed, parts);
        // Another seed or CA would otherwise have the engine delete every container that has something of it, first.
        const secrets = valueAlone(pulumi.unsecret(seed)).apply(
            (text) => new ClusterSecrets(text, rotation),
        );
        const token = (tokenName: ClusterTokenName) =>
            pulumi.secret(secrets.apply((all) => all.token(tokenName).secretId));
        // Only the key is secret, but it came with the certificate.
        this.caCertificate = pulumi.unsecret(ca).certificate;
        this.managementToken = token("management");
        const renewal = renewalPeriod(new Date());
        this.client = this.#commands.makeClient(
            args,
            renewal,
            ca.apply((pair) => ({ ca: pair })),
        );
        this.ofAgents = {
            access,
            rotation,
            // Another seed is other tokens as well.
            tokens: rotation.tokens + rotation.seed - 1,
            renewal,
            caCertificate: valueAlone(this.caCertificate),
            client: this.client,
            servicesToken: token("services"),
            metricsToken: token("metrics"),
            written,
            authorityDigest,
        };
        this.joinBundle = this.#bundle(args, secrets, joining, gossip?.key);
    }

    public grant(gates: readonly pulumi.Resource[]): pulumi.Resource {
        return this.#commands.withRights("grant", this.#rights, gates);
    }

    public settle(after: readonly pulumi.Resource[], opts: pulumi.CustomResourceOptions): void {
        this.#commands.withRights("settle", this.#rights, after, opts);
    }

    /** The authorities that stacks which join are given. Others take their place together with the tokens: a node's
     * certificate then tells which of both it has. */
    #joining(
        { datacenter, agentConfig }: ClusterSecurityArgs,
        ca: pulumi.Output<KeyPair>,
        { seed, tokens }: Rotation,
    ): pulumi.Output<JoinAuthoritiesAnswer> {
        const domain = domainOf(agentConfig);
        const generation = `${seed}/${tokens}`;
        const request = ca.apply((pair): JoinAuthoritiesRequest => {
            return { ca: pair, datacenter, domain, generation };
        });
        return this.#commands.makeOf("joining", request).apply((answer) => {
            const keys = [
                "clientCertificate",
                "clientKey",
                "serverCertificate",
                "serverKey",
            ] as const;
            return answerTexts(answer, keys, "secret joining");
        });
    }

    #writeAccess(
        { store, datacenter, agentConfig, snapshots: folder, recorded, tls }: ClusterSecurityArgs,
        seed: pulumi.Output<string>,
        { ca, joining, chain, gossipKey }: Authorities,
    ): pulumi.Resource {
        const domain = domainOf(agentConfig);
        const shown = pulumi.output(chain ?? "");
        const request = pulumi
            .all([this.#rights, seed, ca, joining, shown, gossipKey])
            .apply(([rights, seedText, pair, authorities, above, key]): AccessRequest => ({
                ...rights,
                datacenter,
                domain,
                seed: seedText,
                ...(key === undefined ? {} : { gossipKey: key }),
                ca: pair,
                ...(above === "" ? {} : { chain: above }),
                ...(folder === undefined ? {} : { snapshots: { folder, datacenter } }),
                joinAuthorities: authorities.clientCertificate + authorities.serverCertificate,
                ...demanded({ tls }),
            }));
        return this.#commands.writeAccess(request, [store.ready, recorded]);
    }

    #bundle(
        { datacenter, agentConfig, servers, peerAddresses, ports }: OwnSecurityArgs,
        secrets: pulumi.Output<ClusterSecrets>,
        joining: pulumi.Output<JoinAuthoritiesAnswer>,
        gossipKey: pulumi.Output<string> | undefined,
    ): pulumi.Output<JoinBundle> {
        const domain = domainOf(agentConfig);
        const bundle = pulumi
            .all([servers, this.caCertificate, joining, peerAddresses, gossipKey])
            .apply(([addresses, caCertificate, authorities, peers, key]) =>
                secrets.apply((all): JoinBundle => ({
                    datacenter,
                    domain,
                    servers: addresses,
                    caCertificate,
                    ...pairsOf(authorities),
                    ...(Object.keys(peers).length === 0 ? {} : { peerAddresses: peers }),
                    ...(ports?.dns === undefined ? {} : { dnsPort: ports.dns }),
                    gossipKey: key ?? all.gossipKey,
                    tokens: {
                        agent: all.token("join-agent").secretId,
                        operate: all.token("join-operate").secretId,
                        services: all.token("join-services").secretId,
                        metrics: all.token("join-metrics").secretId,
                    },
                })),
            );
        return pulumi.secret(bundle);
    }
}

function pairsOf(answer: JoinAuthoritiesAnswer): Pick<JoinBundle, "authorities"> {
    return {
        authorities: {
            client: { certificate: answer.clientCertificate, key: answer.clientKey },
            server: { certificate: answer.serverCertificate, key: answer.serverKey },
        },
    };
}
